/** A serial CAN adapter that speaks SLCAN: set up, opened for listening, its lines turned into frames. */
import { DeviceError } from '../model.ts';
import { type BoundedQueue, boundedQueue } from './bounded-queue.ts';
import { passes } from './can-abi.ts';
import type { CanFrame, CanLine, CanOptions } from './can-types.ts';
import { createSlcanParser, type SlcanParser } from './slcan-lines.ts';
import type { Clock, SerialLine, SerialPorts } from './types.ts';

/** USB adapters ignore the speed; those with a serial chip mostly use this one. */
const SETTINGS = { baudRate: 115_200, dataBits: 8, parity: 'none', stopBits: 1 } as const;
const SPEED: Readonly<Record<CanOptions['bitrate'], string>> = { 125000: 'S4', 250000: 'S5', 500000: 'S6', 1000000: 'S8' };
const ANSWER_MS = 300;
/** Boards with a boot loader start anew when their port is opened. */
const BOOT_MS = 2_000;
const MOST_WAITING = 4_096;

export interface SlcanParts {
  readonly serial: SerialPorts;
  readonly clock: Clock;
}
type Answer = 'done' | 'refused' | 'silence';
type Ask = (command: string) => Promise<Answer>;

/** Opens the adapter at `path`. Throws DeviceError: absent, busy, or it refuses what is asked of it. */
export async function openSlcan({ serial, clock }: SlcanParts, path: string, options: CanOptions, signal: AbortSignal): Promise<CanLine> {
  const line = await serial.open(path, SETTINGS, signal);
  const queue = boundedQueue<CanFrame>(MOST_WAITING, () => 1);
  const parser = createSlcanParser();
  let heard: ((answer: Answer) => void) | undefined;
  const listening = listen(line, parser, options, clock, queue, (answer) => heard?.(answer));
  const ask: Ask = async (command) => {
    signal.throwIfAborted();
    const answer = new Promise<Answer>((resolve) => (heard = resolve));
    await line.write(Buffer.from(`${command}\r`, 'latin1'));
    const cancel = clock.after(ANSWER_MS, () => heard?.('silence'));
    const end = (): void => heard?.('silence');
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    return answer.finally(() => {
      cancel();
      signal.removeEventListener('abort', end);
      heard = undefined;
    });
  };
  const close = async (): Promise<void> => {
    // An adapter left open would go on talking to whoever opens the port next.
    await line.write(Buffer.from('C\r')).catch(() => undefined);
    await line[Symbol.asyncDispose]();
    await listening;
  };
  try {
    await setUp(ask, path, options, clock, signal);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    frames: queue.items,
    get droppedFrames() {
      return queue.dropped;
    },
    get damagedLines() {
      return parser.badLines;
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Takes in all that comes until the line ends; never rejects: its error goes to the reader of the queue. */
async function listen(
  line: SerialLine,
  parser: SlcanParser,
  { filters }: CanOptions,
  clock: Clock,
  queue: BoundedQueue<CanFrame>,
  onAnswer: (answer: Answer) => void,
): Promise<void> {
  try {
    for await (const chunk of line.chunks()) {
      for (const item of parser.push(chunk)) {
        if (typeof item === 'string') onAnswer(item);
        else if (passes(filters, item)) queue.push({ ...item, atMs: clock.monotonicMs() });
      }
    }
    queue.end();
  } catch (error) {
    queue.end(error instanceof Error ? error : new DeviceError(String(error)));
  }
}

/**
 * Closes what another program left open, sets the speed, opens. Silence is no refusal: the first CANable firmware never
 * answers. It does not know `L` either, but the mode `M1`, which stays until `M0` (normaldotcom/canable-fw, src/slcan.c).
 */
async function setUp(ask: Ask, path: string, { bitrate, silent }: CanOptions, clock: Clock, signal: AbortSignal): Promise<void> {
  // The first CR ends whatever half command waits in the adapter; up to three answers come, none of which matters.
  await ask('\r');
  await ask('C');
  await clock.sleep(ANSWER_MS, signal);
  let speed = await ask(SPEED[bitrate]);
  if (speed === 'silence') {
    await clock.sleep(BOOT_MS, signal);
    speed = await ask(SPEED[bitrate]);
  }
  if (speed === 'refused')
    throw new DeviceError(`${path} refuses ${bitrate} bit/s`, { mend: 'Give the bit rate of the bus; unplug and replug the adapter' });
  if (silent && (await ask('L')) === 'done') return;
  const mode = await ask(silent ? 'M1' : 'M0');
  if (silent && mode === 'refused') {
    throw new DeviceError(`${path} cannot listen without taking part`, {
      mend: 'Use another firmware, or let it acknowledge (silent: false)',
    });
  }
  if ((await ask('O')) === 'refused') throw new DeviceError(`${path} does not open the bus`, { mend: 'Unplug and replug the adapter' });
}
