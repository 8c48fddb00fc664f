/** What an alarm rule is, and what one reading says about it: bad, well, or nothing. */
import { ConfigError, type Reading, type Text } from '../model.ts';

export type Severity = 'info' | 'warning' | 'critical';
/** Worst first. */
export const SEVERITIES: readonly Severity[] = ['critical', 'warning', 'info'];

export type Condition =
  /** Bad above (below) `raise`, well again at or beyond `clear`; between the two nothing changes. In the entity's unit. */
  | { readonly when: 'above' | 'below'; readonly raise: number; readonly clear: number }
  /** Bad while the flag says yes. */
  | { readonly when: 'problem' }
  /** Bad while no valid value comes; give `forMs` on top of the age classes. */
  | { readonly when: 'stale' };

export interface AlarmRule {
  /** Lasting: state, acknowledgement and entity hang on it. */
  readonly id: string;
  readonly deviceId: string;
  readonly key: string;
  readonly condition: Condition;
  readonly severity: Severity;
  /** How long it must be seen bad before it is an alarm (ms). Time in doubt does not count. */
  readonly forMs: number;
  /** How long it must be well without a break before the alarm ends (ms). */
  readonly clearForMs: number;
  /** A mail each minute until acknowledged or cleared, through every limit, and a buzzer that knows no quiet hours. */
  readonly urgent?: true;
  readonly name: Text;
  /** What to do, in one or two sentences. */
  readonly advice: Text;
  readonly deviceName: string;
  readonly unit: string | null;
  readonly decimals?: number;
}

export type Finding = 'bad' | 'well' | 'unsure';

/**
 * A value that is late may still raise but ends nothing; a stale, dead or absent one says nothing to a value rule.
 * Source: the control law's input quality table; restriction at once, release in certainty only.
 */
export function judgeReading(condition: Condition, reading: Reading | undefined): Finding {
  if (condition.when === 'stale') return judgeAge(reading);
  if (reading === undefined || reading.quality === 'stale' || reading.quality === 'dead') return 'unsure';
  const found = condition.when === 'problem' ? judgeFlag(reading) : judgeNumber(condition, reading);
  return found === 'well' && reading.quality !== 'fresh' ? 'unsure' : found;
}

function judgeAge(reading: Reading | undefined): Finding {
  // A source that only says "I do not know" gives no valid value either.
  if (reading === undefined || reading.value === null) return 'bad';
  if (reading.quality === 'late') return 'unsure';
  return reading.quality === 'fresh' ? 'well' : 'bad';
}

function judgeFlag({ value }: Reading): Finding {
  if (typeof value !== 'boolean') return 'unsure';
  return value ? 'bad' : 'well';
}

function judgeNumber({ when, raise, clear }: Extract<Condition, { raise: number }>, { value }: Reading): Finding {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'unsure';
  if (when === 'above' ? value > raise : value < raise) return 'bad';
  return (when === 'above' ? value <= clear : value >= clear) ? 'well' : 'unsure';
}

/** Throws ConfigError for the first rule that could never work: inverted thresholds, negative or endless times, an id used twice. */
export function checkRules(rules: readonly AlarmRule[]): void {
  const seen = new Set<string>();
  for (const { id, condition, forMs, clearForMs } of rules) {
    if (seen.has(id)) throw new ConfigError(`alarms.${id}`, `two alarms are called ${id}`, 'Give each its own id');
    seen.add(id);
    if (!(forMs >= 0 && clearForMs >= 0 && Number.isFinite(forMs + clearForMs)))
      throw new ConfigError(`alarms.${id}.for_s`, 'the duration is not a time', 'Give seconds, 0 or more');
    if (condition.when !== 'above' && condition.when !== 'below') continue;
    const { when, raise, clear } = condition;
    if (!(when === 'above' ? clear < raise : clear > raise)) {
      const side = when === 'above' ? 'below' : 'above';
      throw new ConfigError(`alarms.${id}.clear`, `${clear} would never end an alarm raised at ${raise}`, `Use a value ${side} ${raise}`);
    }
  }
}
