/** A relay's reason tells its detail in words, with the names that people gave. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DETAIL_WORDS, detailInWords } from '../../src/control/relay-words.ts';

const NAMES = new Map([
  ['cellar', 'Batterie de la cave'],
  ['rs_02', 'Chauffe-eau'],
]);
const nameOf = (id: string): string => NAMES.get(id) ?? id;

test.each([
  ['min-off', false, 'off for too short a time', "à l'arrêt depuis trop peu de temps"],
  ['home-assistant', false, 'by Home Assistant', 'par Home Assistant'],
  ['charging (cellar)', false, 'charging (Batterie de la cave)', 'en charge (Batterie de la cave)'],
  ['voltage (cellar)', false, 'voltage (Batterie de la cave)', 'tension (Batterie de la cave)'],
  ['cellar', false, 'Batterie de la cave', 'Batterie de la cave'],
  ['rs_02', false, 'Chauffe-eau', 'Chauffe-eau'],
  ['overload (no_step)', true, 'Above the limit (its power did not drop)', "Au-dessus de la limite (sa puissance n'a pas baissé)"],
  ['schedule (red_days)', true, 'Schedule (red_days)', 'Programmation (red_days)'],
  ['schedule', false, 'by schedule', 'par programmation'],
  ['the line is busy: EBUSY', false, 'the line is busy: EBUSY', 'the line is busy: EBUSY'],
  ['constructor (toString)', false, 'constructor (toString)', 'constructor (toString)'],
  ['', false, null, null],
  [undefined, true, null, null],
] as const)('%s', (detail, shed, en, fr) => {
  expect(detailInWords(detail, shed, 'en', nameOf)).toBe(en);
  expect(detailInWords(detail, shed, 'fr', nameOf)).toBe(fr);
});

test('every code that the control writes has words', () => {
  const files = ['cycle', 'arbiter', 'charge', 'battery', 'heat', 'volts', 'guard'];
  const written = /(?:detail|cause): '([\w-]+)'|add\('([\w-]+)'|detail: now\.on \? '([\w-]+)' : '([\w-]+)'/g;
  const codes = files.flatMap((name) =>
    [...readFileSync(`src/control/${name}.ts`, 'utf8').matchAll(written)].flatMap(([, ...found]) => found.filter((code) => code)),
  );
  expect(codes).toEqual(expect.arrayContaining(['min-off', 'max-on', 'over-temperature', 'voltage-lost', 'deep-discharge']));
  expect(codes.filter((code) => DETAIL_WORDS[code] === undefined)).toEqual([]);
});
