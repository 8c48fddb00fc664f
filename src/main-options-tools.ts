/** The command line of the tools that look at what was: journal and replay. */
import type { Language } from './model.ts';

export interface JournalOptions {
  readonly action: 'verify' | 'show';
  readonly data: string | undefined;
  readonly supervised: boolean;
  readonly relay: string | undefined;
  readonly last: number;
  readonly language: Language;
}
/** The simulated houses beside the usual one. */
export const SCENARIO_NAMES = ['winter', 'solar', 'off-grid'] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];
export interface ReplayOptions {
  readonly source:
    | { readonly kind: 'recording'; readonly file: string }
    | { readonly kind: 'simulated'; readonly days: number; readonly seed: number; readonly scenario?: ScenarioName };
  /** Another configuration, for a second run. */
  readonly config: string | undefined;
  readonly plot: string | undefined;
  readonly language: Language;
}
export interface DashboardOptions {
  /** Absent: the simulated house. */
  readonly config: string | undefined;
  /** Absent: that of the house. */
  readonly language: Language | undefined;
  /** With community cards instead of built-in ones. */
  readonly community: boolean;
}
/** As the command line gives them. */
export interface ToolValues {
  readonly data?: string | undefined;
  readonly relay?: string | undefined;
  readonly last?: string | undefined;
  readonly config?: string | undefined;
  readonly plot?: string | undefined;
  readonly simulated?: string | undefined;
  readonly seed?: string | undefined;
  readonly language?: string | undefined;
  readonly community?: boolean | undefined;
  readonly scenario?: string | undefined;
}

/** Throws an Error that says what is not understood. */
export function journalOptions(
  words: readonly (string | undefined)[],
  { data, relay, last = '50' }: ToolValues,
  common: Pick<JournalOptions, 'supervised' | 'language'>,
): JournalOptions {
  const [action, ...rest] = words;
  if ((action !== 'verify' && action !== 'show') || rest.length > 0) throw new Error('journal takes one word: verify or show');
  return { action, data, relay, last: whole('--last', last, 1), ...common };
}

/** Throws an Error that says what is not understood. */
export function replayOptions(
  words: readonly (string | undefined)[],
  { config, plot, simulated, seed = '1', scenario }: ToolValues,
  language: Language,
): ReplayOptions {
  const [file, ...rest] = words.filter((word) => word !== undefined);
  if ((file === undefined) === (simulated === undefined) || rest.length > 0)
    throw new Error('replay takes one recording, or --simulated 30d instead');
  const known = SCENARIO_NAMES.find((name) => name === scenario);
  if (scenario !== undefined && (known === undefined || file !== undefined))
    throw new Error(`--scenario takes ${SCENARIO_NAMES.join(', ')} and goes with --simulated, not "${scenario}"`);
  if (file !== undefined) return { source: { kind: 'recording', file }, config, plot, language };
  const days = Number(/^(\d+)d$/.exec(simulated ?? '')?.[1]);
  if (!(days >= 1 && days <= 3_650)) throw new Error(`--simulated takes a number of days such as 1d or 365d, not "${simulated}"`);
  const source = { kind: 'simulated', days, seed: whole('--seed', seed, 1), ...(known !== undefined && { scenario: known }) } as const;
  return { source, config, plot, language };
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > 1_000_000_000) throw new Error(`${name} takes a whole number, not "${text}"`);
  return number;
}

/** Throws an Error that says what is not understood. */
export function dashboardOptions(words: readonly (string | undefined)[], { config, language, community }: ToolValues): DashboardOptions {
  if (words.some((word) => word !== undefined)) throw new Error('dashboard takes no word: name your house with --config FILE');
  if (language !== undefined && language !== 'en' && language !== 'fr') throw new Error(`--language takes en or fr, not "${language}"`);
  return { config, language, community: community === true };
}
