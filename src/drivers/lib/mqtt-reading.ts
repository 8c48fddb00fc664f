/** From messages to values: what is too old or not plainly a number never becomes one, and is counted. */
import { AGE_MS, type Value, type Values } from '../../model.ts';
import type { Heard } from '../../ports/subscription-types.ts';
import type { Clock } from '../../ports/types.ts';
import { type MqttValueOption, REFUSED_KEY } from './mqtt-options.ts';
import { type Found, momentAt, numberAt, openPayload, type Payload } from './mqtt-payload.ts';
import { conversionTo } from './units.ts';

export interface MqttSource {
  readonly topic: string;
  readonly values: readonly MqttValueOption[];
  readonly timestamp_path?: string | null;
  readonly stale_s: number;
  readonly accept_retained: boolean;
}
type Told = Values<Readonly<Record<string, unknown>>>;
export interface MqttReading {
  /** What these messages say, one item a message; a value silent for too long is said to be unknown. */
  take(messages: readonly Heard[]): Told[];
  /** Monotonic ms of the measurement behind the newest accepted message; undefined before the first. */
  readonly lastMs: number | undefined;
  /** Why the last refused message was refused. */
  readonly refusal: string | undefined;
}
/** Clocks of two machines differ a little; more into the future than this is a wrong clock. */
const CLOCK_SLACK_MS = 60_000;
/** Home Assistant shows a retained value as late: older than two of five periods (qualityOf in control/snapshot.ts). */
const LATE_SHARE = 0.41;
/** Nothing in a house is colder: senders say -127 °C when a DS18B20 does not answer. */
const COLDEST_C = -100;

export function createMqttReading(source: MqttSource, clock: Clock): MqttReading {
  const staleMs = source.stale_s * 1000;
  const known = new Map<string, number>();
  let lastMs: number | undefined;
  let refused = 0;
  let refusal: string | undefined;

  const refuse = (why: string): undefined => {
    refused += 1;
    refusal = why;
    return undefined;
  };
  const one = (message: Heard): Told | undefined => {
    if (message.retained && !source.accept_retained) return undefined;
    const payload = openPayload(message.payload);
    if (payload === undefined) return refuse('larger than 16 kB, nested deeper than 8, or no UTF-8 text');
    const ageMs = ageOf(message, payload);
    if (ageMs === undefined) return refuse('its time cannot be read, or lies in the future');
    if (ageMs >= staleMs) return undefined;
    const { values, wrong } = valuesIn(
      payload,
      source.values.filter(({ topic }) => (topic ?? source.topic) === message.topic),
    );
    const nothing = Object.keys(values).length === 0;
    if (wrong !== undefined) refuse(`${wrong} is no number`);
    else if (nothing) refuse('it holds none of the values');
    if (nothing) return undefined;
    const measuredMs = clock.monotonicMs() - ageMs;
    lastMs = Math.max(lastMs ?? measuredMs, measuredMs);
    for (const key of Object.keys(values)) known.set(key, measuredMs);
    return { ...values, [REFUSED_KEY]: refused, ...(ageMs > 0 && { [AGE_MS]: ageMs }) };
  };
  /** How old its measurement is (ms), retained never younger than late; undefined: nobody can know. */
  const ageOf = (message: Heard, payload: Payload): number | undefined => {
    const heardMs = clock.monotonicMs() - message.sinceMs;
    const leastMs = message.retained ? Math.max(heardMs, staleMs * LATE_SHARE) : heardMs;
    if (typeof source.timestamp_path !== 'string') return leastMs;
    const momentMs = momentAt(payload, source.timestamp_path);
    if (momentMs === undefined || momentMs - clock.wallMs() > CLOCK_SLACK_MS) return undefined;
    return Math.max(leastMs, clock.wallMs() - momentMs);
  };
  /** Values that others of the device outlive. */
  const lapsed = (): Told[] => {
    const gone = [...known].filter(([, atMs]) => clock.monotonicMs() - atMs >= staleMs).map(([key]) => key);
    for (const key of gone) known.delete(key);
    return gone.length === 0 || known.size === 0 ? [] : [Object.fromEntries(gone.map((key) => [key, null]))];
  };
  return {
    take(messages) {
      const before = refused;
      const told = messages.map(one).filter((each) => each !== undefined);
      // Without a good message there is nothing to say: a count alone would make the device look alive.
      const counted = told.length === 0 && refused > before && known.size > 0 ? [{ [REFUSED_KEY]: refused }] : [];
      return [...told, ...counted, ...lapsed()];
    },
    get lastMs() {
      return lastMs;
    },
    get refusal() {
      return refusal;
    },
  };
}

interface Looked {
  readonly values: Readonly<Record<string, Value>>;
  /** The first value that stands there and is no number. */
  readonly wrong: string | undefined;
}
function valuesIn(payload: Payload, options: readonly MqttValueOption[]): Looked {
  const values: Record<string, Value> = {};
  let wrong: string | undefined;
  for (const option of options) {
    const found = converted(numberAt(payload, option.path ?? undefined), option);
    if (found.kind === 'number') values[option.key] = found.number;
    else if (found.kind === 'unknown') values[option.key] = null;
    else if (found.kind === 'refused') wrong ??= option.key;
  }
  return { values, wrong };
}

function converted(found: Found, { quantity, unit, scale }: MqttValueOption): Found {
  if (found.kind !== 'number') return found;
  const to = conversionTo(quantity, unit ?? undefined);
  const number = to === undefined ? Number.NaN : Number((found.number * scale * to.factor + to.offset).toPrecision(12));
  const possible = Number.isFinite(number) && !(quantity === 'temperature' && number < COLDEST_C);
  return possible ? { kind: 'number', number } : { kind: 'refused' };
}
