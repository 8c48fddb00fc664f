/** GPIO in memory: pulses can be given, outputs leave a full record of every level that was ever seen on the line. */
import { DeviceError } from '../../model.ts';
import type { Clock, EdgeBatch, Gpio, InputLine, OutputLine } from '../types.ts';

export interface SimulatedGpio extends Gpio {
  /** `n` active edges on an input line, now. */
  pulse(line: number, n?: number): void;
  /** Electrical levels of an output since it was first driven, newest last. */
  levels(line: number): readonly boolean[];
  /** The line keeps its level whatever is written. */
  stick(line: number, stuck: boolean): void;
  /** Another program holds the line. */
  occupy(line: number, owner: string): void;
  /** Whoever held the line lets it go. */
  vacate(line: number): void;
  /** The line goes away: whoever reads or drives it gets an error, until `plug`. */
  unplug(line: number): void;
  plug(line: number): void;
  onOutput(listener: (line: number, level: boolean) => void): void;
}

interface Input {
  count: number;
  batch: EdgeBatch | undefined;
  wake: () => void;
}

/** A chip with any number of lines. */
export function simulatedGpio(clock: Clock, { lossless = true } = {}): SimulatedGpio {
  const inputs = new Map<number, Input>();
  const records = new Map<number, boolean[]>();
  const owners = new Map<number, string>();
  const stuck = new Set<number>();
  const unplugged = new Set<number>();
  const listeners: ((line: number, level: boolean) => void)[] = [];

  const present = (line: number): void => {
    if (unplugged.has(line))
      throw new DeviceError(`line ${line} of simulated is lost`, { mend: 'Check that the GPIO chip is still there' });
  };
  const claim = (line: number): void => {
    present(line);
    const owner = owners.get(line);
    if (owner !== undefined)
      throw new DeviceError(`line ${line} of simulated is held by ${owner}`, { mend: 'Free it there, or use another line' });
    owners.set(line, 'boxenergie');
  };
  const drive = (line: number, level: boolean): void => {
    const levels = records.get(line) ?? [];
    records.set(line, levels);
    if (stuck.has(line) && levels.length > 0) return;
    if (levels.at(-1) !== level) levels.push(level);
    for (const listener of listeners) listener(line, level);
  };
  return {
    probe: async () => ({ kind: 'simulated', usable: true, detail: 'simulated' }),
    async openInput({ line }) {
      claim(line);
      const input: Input = { count: 0, batch: undefined, wake: () => undefined };
      inputs.set(line, input);
      return inputLine(
        input,
        lossless,
        () => present(line),
        () => inputs.delete(line) && owners.delete(line),
      );
    },
    openOutput({ line, activeLow, initial }) {
      claim(line);
      drive(line, initial !== activeLow);
      return outputLine(line, () => present(line), {
        set: (active) => drive(line, active !== activeLow),
        get: () => records.get(line)?.at(-1) !== activeLow,
        close: () => void owners.delete(line),
      });
    },
    pulse: (line, n = 1) => pulsed(inputs.get(line), n, clock.monotonicMs()),
    levels: (line) => records.get(line) ?? [],
    stick: (line, on) => void (on ? stuck.add(line) : stuck.delete(line)),
    occupy: (line, owner) => void owners.set(line, owner),
    vacate: (line) => void owners.delete(line),
    unplug(line) {
      unplugged.add(line);
      inputs.get(line)?.wake();
    },
    plug: (line) => void unplugged.delete(line),
    onOutput: (listener) => void listeners.push(listener),
  };
}

function pulsed(input: Input | undefined, n: number, nowMs: number): void {
  if (input === undefined || n <= 0) return;
  input.count += n;
  input.batch = { count: input.count, firstMs: input.batch?.firstMs ?? nowMs, lastMs: nowMs };
  input.wake();
}

function outputLine(line: number, present: () => void, wire: OutputLine): OutputLine {
  let open = true;
  const reach = (): void => {
    if (!open) throw new DeviceError(`line ${line} of simulated was closed`);
    present();
  };
  return {
    set(active) {
      reach();
      wire.set(active);
    },
    get() {
      reach();
      return wire.get();
    },
    close() {
      if (open) wire.close();
      open = false;
    },
  };
}

function inputLine(input: Input, lossless: boolean, present: () => void, release: () => unknown): InputLine {
  let open = true;
  return {
    lossless,
    async *edges(signal) {
      const stop = (): void => input.wake();
      signal.addEventListener('abort', stop, { once: true });
      try {
        while (open && !signal.aborted) {
          present();
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
      if (!open) return;
      open = false;
      input.wake();
      release();
    },
  };
}
