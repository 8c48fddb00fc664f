/** What a replay found, as lines for people; and what differs between two. */
import { CHARGE_STATES } from '../control/charge-state.ts';
import { REASONS } from '../control/relay-device.ts';
import { type Language, type Text, UNITS } from '../model.ts';
import type { Outcome } from './types.ts';

/** One number with its place. `kind`: a time in ms, a plain count, or a unit. */
export interface Figure {
  readonly owner: string;
  readonly label: string;
  readonly amount: number;
  readonly kind: 'ms' | 'count' | string;
}

const SAY = {
  on: { en: 'time on', fr: 'temps de marche' },
  switches: { en: 'switched', fr: 'commutations' },
  hottest: { en: 'hottest', fr: 'maximum' },
  above: { en: 'above', fr: 'au-dessus de' },
  everything: { en: 'Everything', fr: 'Ensemble' },
  decisions: { en: 'decisions', fr: 'décisions' },
  alarms: { en: 'alarms', fr: 'alarmes' },
  samples: { en: 'samples', fr: 'mesures' },
  wishes: { en: 'wishes', fr: 'demandes' },
  lost: { en: 'events lost: the result is not exact', fr: "événements perdus : le résultat n'est pas exact" },
  from: { en: 'From', fr: 'Du' },
  span: { en: 'for', fr: 'pendant' },
  difference: { en: 'Difference', fr: 'Différence' },
  none: { en: 'none', fr: 'aucune' },
} as const satisfies Record<string, Text>;

/** In the order in which they are shown. */
export function figuresOf(outcome: Outcome, language: Language): Figure[] {
  const relays = outcome.relays.flatMap(({ id, name, onMs, switches, reasons }): Figure[] => {
    const owner = id === name ? id : `${id} ${name}`;
    return [
      { owner, label: SAY.on[language], amount: onMs, kind: 'ms' },
      { owner, label: SAY.switches[language], amount: switches, kind: 'count' },
      ...reasons.map(({ code, detail, ms }) => {
        const reason = code in REASONS ? REASONS[code as keyof typeof REASONS][language] : code;
        return { owner, label: detail === '' ? reason : `${reason} (${detail})`, amount: ms, kind: 'ms' };
      }),
    ];
  });
  const batteries = outcome.batteries.flatMap(({ id, name, hottestC, above, words }): Figure[] => {
    const owner = id === name ? id : `${id} ${name}`;
    const hottest = hottestC === undefined ? [] : [{ owner, label: SAY.hottest[language], amount: hottestC, kind: '°C' }];
    return [
      ...hottest,
      ...above.map(({ celsius, ms }) => ({ owner, label: `${SAY.above[language]} ${celsius} °C`, amount: ms, kind: 'ms' })),
      ...words.map(({ word, ms }) => {
        const label = word in CHARGE_STATES ? CHARGE_STATES[word as keyof typeof CHARGE_STATES][language] : word;
        return { owner, label, amount: ms, kind: 'ms' };
      }),
    ];
  });
  const owner = SAY.everything[language];
  const count = (label: string, amount: number): Figure => ({ owner, label, amount, kind: 'count' });
  const switches = outcome.relays.reduce((sum, relay) => sum + relay.switches, 0);
  return [
    ...relays,
    ...batteries,
    count(SAY.switches[language], switches),
    count(SAY.decisions[language], outcome.decisions),
    ...Object.entries(outcome.alarms).map(([level, amount]) => count(`${SAY.alarms[language]} (${level})`, amount)),
    ...outcome.totals.map(({ name, growth, quantity }) => ({ owner, label: name, amount: growth, kind: UNITS[quantity] ?? 'count' })),
  ];
}

export function outcomeText(outcome: Outcome, language: Language): string {
  const { startWallMs, spanMs, samples, commands, lost } = outcome;
  const begin = new Date(startWallMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const heard = `${samples} ${SAY.samples[language]}, ${commands} ${SAY.wishes[language]}`;
  const lines = [`${SAY.from[language]} ${begin} ${SAY.span[language]} ${duration(spanMs)}: ${heard}`];
  if (lost > 0) lines.push(`${lost} ${SAY.lost[language]}`);
  let owner = '';
  for (const figure of figuresOf(outcome, language)) {
    if (figure.owner !== owner) lines.push('', figure.owner);
    owner = figure.owner;
    lines.push(`  ${figure.label.padEnd(44)} ${written(figure, language)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Only what is not the same; a figure that one of the two lacks counts as nothing there. */
export function differenceText(first: Outcome, second: Outcome, language: Language): string {
  const name = ({ owner, label }: Figure): string => `${owner}\n${label}`;
  const before = new Map(figuresOf(first, language).map((figure) => [name(figure), figure]));
  const after = new Map(figuresOf(second, language).map((figure) => [name(figure), figure]));
  const lines: string[] = [];
  for (const [key, known] of new Map([...before, ...after])) {
    const [a, b] = [before.get(key)?.amount ?? 0, after.get(key)?.amount ?? 0];
    const [from, to] = [written({ ...known, amount: a }, language), written({ ...known, amount: b }, language)];
    if (from === to) continue;
    const sign = b > a ? '+' : '−';
    lines.push(`  ${known.owner}, ${known.label}: ${from} → ${to} (${sign}${written({ ...known, amount: Math.abs(b - a) }, language)})`);
  }
  return `${SAY.difference[language]}\n${lines.length === 0 ? `  ${SAY.none[language]}` : lines.join('\n')}\n`;
}

function written({ amount, kind }: Figure, language: Language): string {
  if (kind === 'ms') return duration(amount);
  if (kind === 'count') return String(Math.round(amount));
  const number = amount.toFixed(kind === '°C' ? 1 : 0);
  return `${language === 'fr' ? number.replace('.', ',') : number} ${kind}`;
}

/** `1 d 2 h 3 min 4 s`, to the second; `j` for days would be French alone, `d` is the unit's symbol in both. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const said = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`);
  return said.length === 0 ? '0 s' : said.join(' ');
}
