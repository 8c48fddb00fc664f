/** The Linky meter's TIC output: historic or standard mode, found at start and found again when the supplier changes it. */
import type { JSONSchemaType } from 'ajv';
import type { Entity, Values } from '../model.ts';
import type { Clock, SerialSettings } from '../ports/types.ts';
import type { ReadContext, SensorDriver } from './driver.ts';
import { chunksUntil } from './lib/chunks-until.ts';
import { LINKY_ENTITIES } from './lib/tic-entities.ts';
import { createErrorRate } from './lib/tic-errors.ts';
import { createTicDecoder, type TicFrame, type TicMode } from './lib/tic-frame.ts';
import { createHearing, nothingFound } from './lib/tic-hearing.ts';
import { historicValues } from './lib/tic-historic.ts';
import { createServed, type Served } from './lib/tic-served.ts';
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
/** Listening time at one speed while searching: the slowest long frame and the one it interrupts. */
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
    const served = createServed();
    let modes: readonly TicMode[] = o.mode === 'auto' ? ['standard', 'historic'] : [o.mode];
    while (!signal.aborted) {
      const heard: string[] = [];
      let found: TicMode | undefined;
      for (const mode of modes) {
        for await (const values of listen(mode, { ...context, served, heard })) {
          found = mode;
          yield values;
        }
        if (signal.aborted) return;
        if (found !== undefined) break;
      }
      if (found === undefined || o.mode !== 'auto') throw nothingFound(o.port, heard);
      // The supplier may have changed the mode: the other speed first.
      modes = found === 'standard' ? ['historic', 'standard'] : ['standard', 'historic'];
    }
  },
};

interface Listening extends ReadContext<LinkyOptions> {
  readonly served: Served;
  /** What was heard at the speeds where no frame came, for people. */
  readonly heard: string[];
}

/** Values at one speed, from the first trusted frame on; ends when nothing good came for a while, says then what was heard. */
async function* listen(mode: TicMode, context: Listening): AsyncGenerator<Values<Entities>> {
  const { options: o, ports, clock, signal, served } = context;
  const searching = o.mode === 'auto';
  await using line = await ports.serial.open(o.port, settings(mode), signal);
  const decoder = createTicDecoder(mode);
  const errors = createErrorRate(60_000);
  const hearing = createHearing(mode, decoder.counts);
  // Searching, one frame may be an accident; where the mode is given there is nothing to confuse it with.
  let wanted = searching ? 2 : 1;
  let withheld = 0;
  let deadlineMs = clock.monotonicMs() + (searching ? SEARCH_MS : LOST_MS);
  for await (const chunk of chunksUntil(line, clock, () => deadlineMs)) {
    hearing.bytes(chunk.length);
    for (const frame of decoder.push(chunk)) {
      const nowMs = clock.monotonicMs();
      errors.note(nowMs, decoder.counts);
      if (hearing.isGood(frame)) {
        wanted = Math.max(0, wanted - 1);
        deadlineMs = nowMs + (wanted > 0 ? SEARCH_MS : LOST_MS);
      }
      if (wanted > 0) continue;
      const values = valuesOf(frame, clock);
      if (values.index_mismatch === true) withheld += 1;
      const about = { tic_mode: mode, tic_error_rate: errors.percent(nowMs), ...(mode === 'standard' && { withheld_frames: withheld }) };
      yield served.complete(frame, { ...values, ...about });
    }
  }
  context.heard.push(hearing.inWords());
}

function valuesOf(frame: TicFrame, clock: Clock): ReturnType<typeof historicValues> {
  return frame.mode === 'standard' ? standardValues(frame, clock.wallMs()) : historicValues(frame);
}

function settings(mode: TicMode): SerialSettings {
  return { baudRate: mode === 'standard' ? 9600 : 1200, dataBits: 7, parity: 'even', stopBits: 1 };
}
