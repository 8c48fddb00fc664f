/** Registers, profiles, horodates and tariff words of the TIC, each against the vectors of its specification. */
import { describe, expect, test } from 'vitest';
import { readProfile } from '../../../src/drivers/lib/tic-profile.ts';
import { decodeStge } from '../../../src/drivers/lib/tic-stge.ts';
import { colorOfDemain, optionOfOptarif, periodOfLtarf, periodOfPtec } from '../../../src/drivers/lib/tic-tariff.ts';
import { parseHorodate } from '../../../src/drivers/lib/tic-time.ts';

describe('registers and texts', () => {
  // Vectors: reference of the status register, hekmon/linkytic tests (recorded registers).
  test.each([
    [
      '013A0501',
      {
        producer: true,
        stge_supplier_index: 2,
        tic_standard: true,
        euridis: 'on_secured',
        plc_state: 'new_locked',
        today_color: 'blue',
        dry_contact: false,
        exporting: false,
      },
    ],
    ['002A0301', { producer: true, exporting: true, dry_contact: false }],
    ['003A8000', { dry_contact: true, distributor_index: 3 }],
    ['00000080', { overload: true }],
    ['0000000E', { breaker: null }],
    ['00100000', { euridis: null }],
    ['00600000', { plc_state: null }],
    ['00010000', { clock_degraded: true }],
    ['50000000', { peak_notice: 'peak_1', peak_running: 'peak_1' }],
    ['FFFFFFFF', { overload: true, tomorrow_color: 'red', peak_running: 'peak_3' }],
  ])('STGE %s', (hex, expected) => expect(decodeStge(hex)).toMatchObject(expected));

  test.each([
    ['0256C001', '02:56 index 1, contact closed'],
    ['22004001', '22:00 index 1, contact tempo'],
    ['06000012', '06:00 index 2, virtual 1'],
    ['00000000', '00:00 no change'],
  ])('profile %s', (block, text) => expect(readProfile(`${block} NONUTILE`)).toBe(text));
  test('a text that is no profile is unknown', () => expect(readProfile('hello')).toBeNull());

  test.each([
    ['H081225223518', '2008-12-25T21:35:18.000Z'],
    ['E180716103423', '2018-07-16T08:34:23.000Z'],
    ['h081225223518', '2008-12-25T21:35:18.000Z'],
  ])('horodate %s', (text, iso) => expect(new Date(parseHorodate(text)?.ms ?? 0).toISOString()).toBe(iso));
  test.each([' 081225223518', 'H081325223518', 'H080230000000', 'H081225250000'])('horodate %s is unknown', (text) =>
    expect(parseHorodate(text)).toBeNull(),
  );
  test('a lower-case season is a degraded clock', () => expect(parseHorodate('e180716103423')?.degraded).toBe(true));

  test.each([
    ['TH..', 'all_hours'],
    ['HCJB', 'off_peak_blue'],
    ['PM..', 'mobile_peak'],
    ['ZZZZ', 'other'],
  ])('PTEC %s', (data, key) => expect(periodOfPtec(data)).toBe(key));
  test.each([
    ['  HEURE  CREUSE  ', 'off_peak'],
    ['HEURES PLEINES', 'peak'],
    ['    HP  BLEU    ', 'peak_blue'],
    ['HC WEEK END', 'off_peak_weekend'],
    ['HEURE POINTE', 'mobile_peak'],
    ['SUPPLIER WORDS', 'other'],
  ])('LTARF %s', (data, key) => expect(periodOfLtarf(data)).toBe(key));
  test('OPTARIF and DEMAIN', () => {
    expect(['BASE', 'HC..', 'EJP.', 'BBR(', 'XXXX'].map(optionOfOptarif)).toEqual(['base', 'hc', 'ejp', 'tempo', 'other']);
    expect(['----', 'BLEU', 'BLAN', 'ROUG'].map(colorOfDemain)).toEqual([null, 'blue', 'white', 'red']);
  });
});
