/** What a fuzz campaign needs of a driver: its world in memory, in which every message passes through one door. */
import type { AnyDriver } from '../../src/drivers/driver.ts';
import { drivers } from '../../src/drivers/index.ts';
import type { VirtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import type { Ports, SerialPorts, SerialSettings } from '../../src/ports/types.ts';
import { exampleOptions } from '../drivers/example-options.ts';
import type { Random } from './mutate.ts';

export interface World {
  readonly clock: VirtualClock;
  readonly random: Random;
  /** What reaches the program instead of these bytes. */
  say(bytes: Uint8Array): Uint8Array;
  /** How many messages come instead of one of this length: a line in trouble babbles. 1 while messages are sound. */
  babble(length: number): number;
}
export interface Rig {
  readonly name: string;
  readonly driver: AnyDriver;
  readonly options: Readonly<Record<string, unknown>>;
  /** What guards the bytes on their way, for the table. `none`: whatever is plausible is believed. */
  readonly guard: string;
  /** Values that follow time or the noise itself: not compared with the recording. */
  readonly loose?: readonly string[];
  /** What is read once is believed until the port is closed: a message taken for another marks all readings until then, and the way back begins there. */
  readonly remembers?: true;
  /** Ports of the driver, and whatever talks behind them. */
  build(world: World): Partial<Ports>;
}

/** The driver of a type with the options of its documented example. */
export function exampleOf(type: string, more: object = {}): Pick<Rig, 'driver' | 'options'> {
  const driver = drivers.find((each) => each.type === type);
  if (driver === undefined) throw new Error(`no driver ${type}`);
  const options = Object.entries({ ...exampleOptions(type), ...more }).filter(([, value]) => value !== undefined);
  return { driver, options: Object.fromEntries(options) };
}

/** Serial ports with something behind `path` that answers requests; undefined is silence. */
export function answeringSerial(world: World, path: string, answer: (request: Buffer) => Uint8Array | undefined): SerialPorts {
  const simulated = simulatedSerial();
  const wire = simulated.wire(path);
  return {
    adapterOf: async (name) => name,
    async open(name, settings, signal) {
      const line = await simulated.open(name, settings, signal);
      return {
        chunks: () => line.chunks(),
        lines: () => line.lines(),
        async write(request) {
          await line.write(request);
          wire.written.length = 0;
          const reply = answer(Buffer.from(request));
          if (reply === undefined) return;
          const said = Array.from({ length: world.babble(reply.length) }, () => world.say(reply));
          world.clock.after(5, () => wire.send(Buffer.concat(said), settings));
        },
        get droppedBytes() {
          return line.droppedBytes;
        },
        [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
      };
    },
  };
}

/** Serial ports with something at `path` that talks by itself: the next message every `everyMs`. */
export function talkingSerial(world: World, path: string, as: SerialSettings, everyMs: number, next: () => Uint8Array): SerialPorts {
  const simulated = simulatedSerial();
  const wire = simulated.wire(path);
  const talk = (): void => {
    if (wire.opened !== undefined) wire.send(world.say(next()), as);
    world.clock.after(everyMs, talk);
  };
  talk();
  return simulated;
}
