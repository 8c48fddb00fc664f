/** The Linky meter's TIC output: historic or standard mode, found at start and found again when the supplier changes it. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity, type Value, type Values } from '../model.ts';
import type { Clock, SerialLine, SerialSettings } from '../ports/types.ts';
import type { ReadContext, SensorDriver } from './driver.ts';
import { LINKY_ENTITIES, ONLY_IN } from './lib/tic-entities.ts';
import { createErrorRate } from './lib/tic-errors.ts';
import { createTicDecoder, type TicDecoder, type TicMode } from './lib/tic-frame.ts';
import { historicValues } from './lib/tic-historic.ts';
import { standardValues } from './lib/tic-standard.ts';

interface LinkyOptions {
  readonly port: string;
  readonly mode: 'auto' | TicMode;
}
type Entities = Readonly<Record<string, Entity>>;

const options: JSONSchemaType<LinkyOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['port', 'mode'],
  properties: {
    port: {
      type: 'string',
      pattern: '^/',
      minLength: 2,
      maxLength: 256,
      description: 'Serial port, by its lasting name in /dev/serial/by-id',
      fr: 'Port série, par son nom durable dans /dev/serial/by-id',
    },
    mode: {
      type: 'string',
      enum: ['auto', 'historic', 'standard'],
      default: 'auto',
      description: 'TIC mode; auto finds it and follows a change',
      fr: 'Mode TIC ; auto le trouve et suit un changement',
    },
  },
};

/** Without a good frame for this long the meter counts as lost (NOI-CPT_54E 5.4: a receiver's health light). */
const LOST_MS = 10_000;
/** Listening time at one speed while searching: two whole frames of the slowest kind. */
const SEARCH_MS = 6_000;

export const linky: SensorDriver<LinkyOptions, Entities> = {
  type: 'linky',
  title: { en: 'Linky meter (TIC)', fr: 'Compteur Linky (TIC)' },
  proof: 'recorded',
  options,
  // Three-phase meters in overload send their indexes about every 19 s; frames come every 1 to 2.3 s.
  describe: () => ({ manufacturer: 'Enedis', model: 'Linky TIC', periodMs: 5_000, entities: LINKY_ENTITIES, identity: 'meter_address' }),
  async *read(context) {
    const { options: o, signal } = context;
    let served: TicMode | undefined;
    let candidates: readonly TicMode[] = o.mode === 'auto' ? ['standard', 'historic'] : [o.mode];
    while (!signal.aborted) {
      const before = served;
      served = undefined;
      for await (const { mode, values } of search(candidates, context)) {
        if (served === undefined && before !== undefined && before !== mode) yield notServedBy(mode);
        served = mode;
        yield values;
      }
      // The supplier may have changed the mode: the other speed first.
      if (o.mode === 'auto') candidates = served === 'standard' ? ['historic', 'standard'] : ['standard', 'historic'];
    }
  },
};

/** Frames in the first of the modes that is heard, until they stop. Throws when none is. */
async function* search(modes: readonly TicMode[], context: ReadContext<LinkyOptions>): AsyncGenerator<Heard> {
  const heard: string[] = [];
  const { options: o, signal } = context;
  for (const mode of modes) {
    let found = false;
    for await (const frame of listen(mode, context, o.mode === 'auto' ? SEARCH_MS : LOST_MS, heard)) {
      found = true;
      yield frame;
    }
    if (found || signal.aborted) return;
  }
  throw nothingFound(o.port, heard);
}

interface Heard {
  readonly mode: TicMode;
  readonly values: Values<Entities>;
}

/** Frames at one speed, from the first complete one on; ends when nothing good came for a while, says then what was heard. */
async function* listen(mode: TicMode, context: ReadContext<LinkyOptions>, searchMs: number, heard: string[]): AsyncGenerator<Heard> {
  const { options: o, ports, clock, signal } = context;
  await using line = await ports.serial.open(o.port, settings(mode), signal);
  const decoder = createTicDecoder(mode);
  const errors = createErrorRate(60_000);
  let trusted = false;
  let bytes = 0;
  let mute = false;
  let deadlineMs = clock.monotonicMs() + searchMs;
  for await (const chunk of chunksUntil(line, clock, () => deadlineMs)) {
    bytes += chunk.length;
    for (const frame of decoder.push(chunk)) {
      const nowMs = clock.monotonicMs();
      errors.add(nowMs, frame.accepted, frame.refused.length);
      // Old meters put to rest send nothing but their address.
      mute = frame.groups.size === 1;
      // One complete frame of many groups, each with its checksum, is no accident; at the wrong speed none ever comes.
      trusted ||= frame.complete && !mute;
      if (!trusted) continue;
      if (frame.complete && !mute) deadlineMs = nowMs + LOST_MS;
      const values = mode === 'standard' ? standardValues(frame, clock.wallMs()) : historicValues(frame);
      yield { mode, values: { ...values, tic_mode: mode, tic_error_rate: errors.percent(nowMs) } };
    }
  }
  heard.push(describeHeard(mode, bytes, mute, decoder));
}

/** The line's chunks until the deadline, which may move while they come. Leaves no timer behind. */
async function* chunksUntil(line: SerialLine, clock: Clock, deadlineMs: () => number): AsyncGenerator<Uint8Array> {
  const iterator = line.chunks()[Symbol.asyncIterator]();
  for (;;) {
    const next = iterator.next();
    const result = await new Promise<IteratorResult<Uint8Array> | 'late'>((resolve, reject) => {
      const cancel = clock.after(Math.max(0, deadlineMs() - clock.monotonicMs()), () => resolve('late'));
      next.then(resolve, reject).finally(cancel);
    });
    if (result === 'late') {
      next.catch(() => undefined);
      return;
    }
    if (result.done === true) return;
    yield result.value;
    // Noise keeps bytes coming: they must not put the deadline off.
    if (clock.monotonicMs() >= deadlineMs()) return;
  }
}

function settings(mode: TicMode): SerialSettings {
  return { baudRate: mode === 'standard' ? 9600 : 1200, dataBits: 7, parity: 'even', stopBits: 1 };
}

/** Values that the other mode served are unknown now; those which both serve go on. */
function notServedBy(mode: TicMode): Record<string, Value> {
  const gone = ONLY_IN[mode === 'standard' ? 'historic' : 'standard'];
  return Object.fromEntries(gone.filter((key) => LINKY_ENTITIES[key]?.total === undefined).map((key) => [key, null]));
}

function describeHeard(mode: TicMode, bytes: number, mute: boolean, decoder: TicDecoder): string {
  const speed = mode === 'standard' ? '9600 baud' : '1200 baud';
  if (bytes === 0) return `${speed}: silence`;
  if (mute) return `${speed}: only the meter's address`;
  const { accepted, refused } = decoder.counts;
  const bad = [...refused.values()].reduce((sum, count) => sum + count, 0);
  return accepted === 0 ? `${speed}: nothing readable` : `${speed}: ${accepted} good and ${bad} bad groups, no whole frame`;
}

function nothingFound(port: string, heard: readonly string[]): DeviceError {
  const all = heard.join('; ');
  const mend = /only the meter/.test(all)
    ? 'The TIC output is put to rest: ask the supplier to activate it'
    : /good and/.test(all)
      ? 'Shorten the cable or keep it away from breakers; the adapter may be too slow for 9600 baud'
      : 'Check the two wires on I1 and I2 of the meter and the adapter';
  return new DeviceError(`no TIC frame on ${port} (${all})`, { mend });
}
