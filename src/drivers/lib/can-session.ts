/** What drivers on a CAN bus share: their options, listening beside the reporting, and giving up when nothing comes. */
import { DeviceError, type Value } from '../../model.ts';
import type { CanFrame, CanLine, CanOptions } from '../../ports/can-types.ts';
import type { ReadContext } from '../driver.ts';
import { createFreshValues, type FreshValues } from './fresh-values.ts';

export interface CanBusOptions {
  readonly port: string;
  readonly bitrate: CanOptions['bitrate'];
  readonly silent: boolean;
  readonly period_s: number;
}
export const CAN_REQUIRED = ['port', 'bitrate', 'silent', 'period_s'] as const;
/** The same four options in each driver, as parts of its JSON schema. */
export const CAN_PROPERTIES = {
  port: {
    type: 'string',
    pattern: '^(/.{1,255}|[A-Za-z0-9][A-Za-z0-9._-]{0,14})$',
    description: 'CAN interface (can0), or serial port of an SLCAN adapter by its name in /dev/serial/by-id',
    fr: 'Interface CAN (can0), ou port série d’un adaptateur SLCAN par son nom dans /dev/serial/by-id',
  },
  bitrate: {
    type: 'number',
    enum: [125_000, 250_000, 500_000, 1_000_000],
    default: 500_000,
    description: 'Bit rate of the bus; can0 gets its own from ip link',
    fr: 'Débit du bus ; can0 tient le sien de ip link',
  },
  silent: {
    type: 'boolean',
    default: true,
    description: 'SLCAN adapter: only listen. Set false where nobody else is on the bus, so that the battery is acknowledged',
    fr: 'Adaptateur SLCAN : écouter seulement. Mettre false si personne d’autre n’est sur le bus, pour acquitter la batterie',
  },
  period_s: {
    type: 'number',
    minimum: 0.2,
    maximum: 60,
    default: 1,
    description: 'Pause between two reports in s',
    fr: 'Pause entre deux relevés en s',
  },
} as const;

/** A value is unknown once its frame stayed away for this long; so is the device when all do. */
export const SILENCE_MS = 10_000;

/** What one frame says, under a name for what it replaces; undefined for a frame that is damaged or of somebody else. */
export interface Said {
  readonly source: string | number;
  readonly values: Readonly<Record<string, Value>>;
}
export interface CanDevice {
  /** 11-bit ids it sends. */
  readonly ids: readonly number[];
  /** Called `what` in messages. */
  readonly what: string;
  decode(frame: CanFrame): Said | undefined;
}

/** All that is known, once a period, from the first frame on. Throws DeviceError when nothing of the device comes for `SILENCE_MS`. */
export async function* listenTo(device: CanDevice, context: ReadContext<CanBusOptions>): AsyncGenerator<Record<string, Value>> {
  const { options: o, ports, clock, signal } = context;
  const filters = device.ids.map((id) => ({ id }));
  await using line = await ports.can.open(o.port, { bitrate: o.bitrate, silent: o.silent, filters }, signal);
  const known = createFreshValues(SILENCE_MS);
  const heard = { lastMs: clock.monotonicMs(), good: 0, refused: 0 };
  const lost = new AbortController();
  // One listener for the whole life of the bus: a race for each report would keep a memory of every one of them.
  const stop = AbortSignal.any([signal, lost.signal]);
  follow(line, device, known, heard).then(
    () => lost.abort(new DeviceError(`${o.port} was closed`)),
    (error: unknown) => lost.abort(error),
  );
  for (;;) {
    const nowMs = clock.monotonicMs();
    if (nowMs - heard.lastMs >= SILENCE_MS) throw silence(device, o, heard, line);
    if (heard.good > 0) yield known.at(nowMs);
    await clock.sleep(o.period_s * 1000, stop);
  }
}

interface Heard {
  lastMs: number;
  good: number;
  refused: number;
}

async function follow(line: CanLine, device: CanDevice, known: FreshValues, heard: Heard): Promise<void> {
  for await (const frame of line.frames()) {
    const said = frame.extended ? undefined : device.decode(frame);
    if (said === undefined) {
      heard.refused += 1;
      continue;
    }
    heard.good += 1;
    heard.lastMs = frame.atMs;
    known.put(said.source, said.values, frame.atMs);
  }
}

function silence({ what }: CanDevice, o: CanBusOptions, heard: Heard, line: CanLine): DeviceError {
  const clues = [
    ...(heard.refused > 0 ? [`refused frames: ${heard.refused}`] : []),
    ...(line.damagedLines > 0 ? [`lines that are no SLCAN: ${line.damagedLines}`] : []),
  ];
  const began = heard.good > 0 ? `${what} fell silent on ${o.port}` : `${what} says nothing on ${o.port}`;
  return new DeviceError(clues.length > 0 ? `${began} (${clues.join(', ')})` : began, {
    mend: `Check CAN-H and CAN-L, one 120 Ω resistor at each end, ${o.bitrate} bit/s and the protocol set in the battery; alone on the bus it needs somebody who acknowledges (silent: false)`,
  });
}
