/** When the grid operator is asked for which days, and what becomes of its answer; one question at a time, nobody waits for it. */
import { BELIEVED_MS } from './app-times.ts';
import type { CertifiedConfig } from './config/certified.ts';
import { type Attempt, retryMs } from './energy/certified.ts';
import { type ComparedDay, verdictOf } from './energy/certified-device.ts';
import type { RunningDay } from './energy/day-count.ts';
import { localOf, shifted } from './energy/operator-days.ts';
import type { Log } from './log.ts';
import type { Language } from './model.ts';
import type { CertifiedAnswer } from './ports/certified-types.ts';
import type { Clock, Ports } from './ports/types.ts';

/** What outlives a restart; times are wall ms. */
export interface Kept {
  days: ComparedDay[];
  running: RunningDay | null;
  /** Minutes after 08:00 at which this house asks: homes do not ask all at once. */
  minute: number;
  nextMs: number;
  failures: number;
  asked: { day: string; count: number };
}

export interface InquiryOptions {
  readonly house: { readonly language: Language; readonly certified?: CertifiedConfig };
  readonly ports: Pick<Ports, 'certified'>;
  /** Of the options page. */
  readonly certifiedToken?: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly random: () => number;
}

/** The values of a day are there the next morning at about eight (Conso API asks for one question a day, before ten). */
const FROM_MINUTE = 8 * 60;
const SPREAD_MINUTES = 120;
const LEAST_PAUSE_MS = 5 * 60_000;
const MOST_A_DAY = 20;
const DAYS_ASKED = 7;
/** No pause is longer: a later moment comes from a clock that was wrong. */
const LONGEST_MS = 8 * 86_400_000;

export function createInquiry(options: InquiryOptions, config: CertifiedConfig, kept: Kept) {
  const { ports, clock, signal, log, random, house, certifiedToken: token } = options;
  const words =
    house.language === 'fr'
      ? { missing: 'jeton absent des options', none: 'sans réponse' }
      : { missing: 'no token in the options', none: 'no answer' };
  let asking = false;
  let problem = token === undefined ? words.missing : '';
  if (token === undefined) log('warning', 'certified values: no token in the options of the app: nothing is asked');

  /** The days to ask for, when this is the moment. */
  const due = (): readonly ComparedDay[] => {
    const wallMs = clock.wallMs();
    if (asking || token === undefined || wallMs < BELIEVED_MS) return [];
    const { day: today, minute } = localOf(wallMs);
    if (minute < FROM_MINUTE + kept.minute) return [];
    if (wallMs < kept.nextMs && kept.nextMs - wallMs < LONGEST_MS) return [];
    if (kept.asked.day !== today) [kept.asked, kept.failures] = [{ day: today, count: 0 }, 0];
    if (kept.asked.count >= MOST_A_DAY) return [];
    const oldest = shifted(today, -DAYS_ASKED);
    return kept.days.filter(({ day, certifiedWh }) => certifiedWh === null && day >= oldest && day < today);
  };
  const settle = (answer: CertifiedAnswer, wanted: readonly ComparedDay[]): void => {
    const names = new Set(wanted.map(({ day }) => day));
    const found = answer.kind === 'ok' ? answer.days : new Map<string, number>();
    kept.days = kept.days.map((day) => (names.has(day.day) ? { ...day, asked: true, certifiedWh: found.get(day.day) ?? null } : day));
    for (const day of kept.days.filter((one) => found.has(one.day) && names.has(one.day)))
      log('info', `certified values: ${day.day} ${verdictOf(day)}, ${day.localWh ?? 'unknown'} Wh here, ${day.certifiedWh} Wh certified`);
    const whole = answer.kind === 'ok' && wanted.every(({ day }) => found.has(day));
    kept.failures = answer.kind === 'ok' ? 0 : kept.failures + 1;
    const pauseMs = whole ? 0 : retryMs(attemptOf(answer), kept.failures, random);
    kept.nextMs = clock.wallMs() + Math.max(LEAST_PAUSE_MS, pauseMs);
    problem = answer.kind === 'ok' ? '' : `${words.none} (${answer.reason})`;
    if (answer.kind !== 'ok')
      log('warning', `certified values: ${answer.reason}, not asked again before ${new Date(kept.nextMs).toISOString()}`);
  };
  return {
    get problem() {
      return problem;
    },
    /** `save` is called when something must be kept. */
    step(save: () => void): void {
      const wanted = due();
      const [first, last] = [wanted[0], wanted.at(-1)];
      if (first === undefined || last === undefined || token === undefined) return;
      asking = true;
      kept.asked = { ...kept.asked, count: kept.asked.count + 1 };
      // Kept before the question: a program that restarts all the time asks no more often.
      kept.nextMs = clock.wallMs() + LEAST_PAUSE_MS;
      save();
      const query = { url: config.url, prm: config.prm, token, from: first.day, until: shifted(last.day, 1) };
      void ports.certified
        .daily(query, signal)
        .catch((): CertifiedAnswer => ({ kind: 'retry', reason: 'out of reach' }))
        .then((answer) => {
          asking = false;
          if (signal.aborted) return;
          settle(answer, wanted);
          save();
        });
    },
  };
}

function attemptOf(answer: CertifiedAnswer): Attempt {
  if (answer.kind === 'ok') return { kind: 'half' };
  // Without a status it was refused here already: nothing changes until a person mends it.
  if (answer.kind === 'refused') return { kind: 'refused', status: answer.status ?? 400 };
  if (answer.status === undefined) return { kind: 'out-of-reach' };
  return { kind: 'refused', status: answer.status, ...(answer.afterMs !== undefined && { retryAfterS: answer.afterMs / 1000 }) };
}

/** What is damaged begins anew. */
export function readKept(text: string | undefined, random: () => number): Kept {
  const asked = { day: '', count: 0 };
  const fresh: Kept = { days: [], running: null, minute: Math.floor(random() * SPREAD_MINUTES), nextMs: 0, failures: 0, asked };
  try {
    const data = JSON.parse(text ?? 'null') as Kept | null;
    const numbers = [data?.minute, data?.nextMs, data?.failures, data?.asked.count, data?.running?.coveredMs ?? 0];
    if (data === null || !Array.isArray(data.days) || !numbers.every(Number.isFinite)) return fresh;
    return data.days.every(({ day, coveredMs }) => /^\d{4}-\d\d-\d\d$/.test(day) && Number.isFinite(coveredMs)) ? data : fresh;
  } catch {
    return fresh;
  }
}
