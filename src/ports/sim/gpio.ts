/** GPIO in memory: pulses can be given, outputs leave a full record of every level that was ever seen on the line. */
import { DeviceError } from '../../model.ts';
import type { Clock, EdgeBatch, Gpio, InputLine } from '../types.ts';

export interface SimulatedGpio extends Gpio {
  /** `n` active edges on an input line, now. */
  pulse(line: number, n?: number): void;
  /** Electrical levels of an output since it was first driven, newest last. */
  levels(line: number): readonly boolean[];
  /** The line keeps its level whatever is written. */
  stick(line: number, stuck: boolean): void;
  /** Another program holds the line. */
  occupy(line: number, owner: string): void;
  /** The input goes away: whoever reads it gets an error. */
  unplug(line: number): void;
  onOutput(listener: (line: number, level: boolean) => void): void;
}

interface Input {
  count: number;
  batch: EdgeBatch | undefined;
  wake: () => void;
  lost: boolean;
}

/** A chip with any number of lines. */
export function simulatedGpio(clock: Clock, { lossless = true } = {}): SimulatedGpio {
  const inputs = new Map<number, Input>();
  const outputs = new Map<number, { levels: boolean[]; stuck: boolean; activeLow: boolean }>();
  const owners = new Map<number, string>();
  const listeners: ((line: number, level: boolean) => void)[] = [];

  const claim = (line: number): void => {
    const owner = owners.get(line);
    if (owner !== undefined)
      throw new DeviceError(`line ${line} of simulated is held by ${owner}`, { mend: 'Free it there, or use another line' });
    owners.set(line, 'boxenergie');
  };
  const drive = (line: number, level: boolean): void => {
    const output = outputs.get(line);
    if (output === undefined || (output.stuck && output.levels.length > 0)) return;
    if (output.levels.at(-1) !== level) output.levels.push(level);
    for (const listener of listeners) listener(line, level);
  };
  return {
    probe: async () => ({ kind: 'simulated', usable: true, detail: 'simulated' }),
    async openInput({ line }) {
      claim(line);
      const input: Input = { count: 0, batch: undefined, wake: () => undefined, lost: false };
      inputs.set(line, input);
      return inputLine(input, lossless, () => {
        inputs.delete(line);
        owners.delete(line);
      });
    },
    openOutput({ line, activeLow, initial }) {
      claim(line);
      const before = outputs.get(line);
      const output = { levels: before?.levels ?? [], stuck: before?.stuck ?? false, activeLow };
      outputs.set(line, output);
      drive(line, initial !== activeLow);
      return {
        set: (active) => drive(line, active !== activeLow),
        get: () => output.levels.at(-1) !== activeLow,
        close: () => void owners.delete(line),
      };
    },
    pulse(line, n = 1) {
      const input = inputs.get(line);
      if (input === undefined || n <= 0) return;
      const nowMs = clock.monotonicMs();
      input.count += n;
      input.batch = { count: input.count, firstMs: input.batch?.firstMs ?? nowMs, lastMs: nowMs };
      input.wake();
    },
    levels: (line) => outputs.get(line)?.levels ?? [],
    stick(line, stuck) {
      const output = outputs.get(line);
      if (output !== undefined) output.stuck = stuck;
    },
    occupy: (line, owner) => void owners.set(line, owner),
    unplug(line) {
      const input = inputs.get(line);
      if (input === undefined) return;
      input.lost = true;
      input.wake();
    },
    onOutput: (listener) => void listeners.push(listener),
  };
}

function inputLine(input: Input, lossless: boolean, release: () => void): InputLine {
  let open = true;
  return {
    lossless,
    async *edges(signal) {
      const stop = (): void => input.wake();
      signal.addEventListener('abort', stop, { once: true });
      try {
        while (open && !signal.aborted) {
          if (input.lost) throw new DeviceError('line lost');
          const batch = input.batch;
          input.batch = undefined;
          if (batch !== undefined) yield batch;
          else await new Promise<void>((resolve) => (input.wake = resolve));
        }
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
    async [Symbol.asyncDispose]() {
      open = false;
      input.wake();
      release();
    },
  };
}
