/** Question and answer over a serial line: sends a request, finds the answer in whatever noise comes, gives up after a while. */
import { DeviceError } from '../../model.ts';
import type { Clock, SerialSettings, SerialWire } from '../../ports/types.ts';
import type { ReadContext } from '../driver.ts';

/** The frame that starts at `at`, or `more` when one may still be coming, or undefined when none starts there. */
export type FrameFinder<F> = (bytes: Uint8Array, at: number) => { readonly frame: F; readonly end: number } | 'more' | undefined;

export interface QuerySettings {
  readonly path: string;
  readonly serial: SerialSettings;
  /** Longest wait for one frame (ms). */
  readonly timeoutMs: number;
  /** Silence kept after each exchange, whoever asks next (ms). */
  readonly gapMs: number;
  /** How often a request is sent before the device counts as silent: sleeping boards swallow the first one. */
  readonly attempts: number;
}
export interface QueryLine extends AsyncDisposable {
  /** The first `count` frames that `find` accepts after the request. Throws DeviceError when they do not come. */
  ask<F>(request: Uint8Array, find: FrameFinder<F>, count?: number): Promise<readonly [F, ...F[]]>;
}

/** The longest answer of any protocol here has about 4 kB; what is older than that is noise. */
const KEPT_BYTES = 8192;

/** Joins the line of the port: devices that name the same one are asked in turn. */
export async function openQueryLine(
  { ports, clock, signal }: Pick<ReadContext<unknown>, 'ports' | 'clock' | 'signal'>,
  settings: QuerySettings,
): Promise<QueryLine> {
  const user = await ports.serialLines.join(settings.path, settings.serial, signal);
  return {
    async ask(request, find, count = 1) {
      for (let attempt = 1; ; attempt += 1) {
        const heard = await user.inTurn(settings.gapMs, (wire, stop) =>
          exchange({ wire, clock, stop, timeoutMs: settings.timeoutMs }, request, find, count),
        );
        const [first, ...others] = heard.frames;
        if (first !== undefined && others.length === count - 1) return [first, ...others];
        if (attempt >= settings.attempts) throw noAnswer(settings.path, heard.bytes);
      }
    },
    [Symbol.asyncDispose]: () => user[Symbol.asyncDispose](),
  };
}

interface Exchange {
  readonly wire: SerialWire;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly timeoutMs: number;
}
interface Heard<F> {
  readonly frames: readonly F[];
  readonly bytes: number;
}

/** One request and what came back until enough frames were found or one was too long in coming. */
async function exchange<F>(on: Exchange, request: Uint8Array, find: FrameFinder<F>, count: number): Promise<Heard<F>> {
  const scan = createScanner(find);
  const frames: F[] = [];
  let bytes = 0;
  let cancel = (): void => undefined;
  let abort = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const wait = (): void => {
        cancel();
        cancel = on.clock.after(on.timeoutMs, resolve);
      };
      abort = () => reject(on.stop.reason);
      on.stop.addEventListener('abort', abort, { once: true });
      on.wire.listen({
        bytes(chunk) {
          bytes += chunk.length;
          const found = scan(chunk);
          frames.push(...found);
          if (frames.length >= count) resolve();
          else if (found.length > 0) wait();
        },
      });
      wait();
      on.wire.write(request).catch(reject);
    });
  } finally {
    cancel();
    on.stop.removeEventListener('abort', abort);
  }
  return { frames: frames.slice(0, count), bytes };
}

/** Finds frames in a stream, whatever lies between them: a false start never hides a true frame behind it. */
export function createScanner<F>(find: FrameFinder<F>): (chunk: Uint8Array) => F[] {
  let kept = new Uint8Array(0);
  return (chunk) => {
    const bytes = new Uint8Array(kept.length + chunk.length);
    bytes.set(kept);
    bytes.set(chunk, kept.length);
    const frames: F[] = [];
    let keepFrom: number | undefined;
    let at = 0;
    while (at < bytes.length) {
      const found = find(bytes, at);
      if (found === 'more') keepFrom ??= at;
      if (typeof found !== 'object') {
        at += 1;
        continue;
      }
      frames.push(found.frame);
      at = found.end;
      keepFrom = undefined;
    }
    kept = bytes.slice(Math.max(keepFrom ?? bytes.length, bytes.length - KEPT_BYTES));
    return frames;
  };
}

function noAnswer(path: string, bytes: number): DeviceError {
  return bytes === 0
    ? new DeviceError(`nothing answers on ${path}`, {
        mend: 'Check that the battery is awake, its two data wires (they may be swapped), its address and its speed',
      })
    : new DeviceError(`no readable answer on ${path} (${bytes} bytes heard)`, {
        mend: 'Check the speed, the protocol and the address of the battery, and the length and shield of the cable',
      });
}
