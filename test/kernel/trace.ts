/** Every level that the kernel put on a GPIO line, from its own trace points: no glitch is too short to be seen. */
import type { Machine } from './machine.ts';

export interface Edge {
  readonly line: number;
  readonly kind: 'set' | 'out' | 'in';
  /** Physical level of a `set`. */
  readonly level: 0 | 1 | undefined;
  /** Seconds of the guest's monotonic clock. */
  readonly atS: number;
}
export interface Trace {
  /** Since the last clearing. Throws when the kernel's buffer overflowed: then nothing is proven. */
  edges(): Promise<readonly Edge[]>;
  clear(): Promise<void>;
  /** Seconds on the clock of the edges. */
  nowS(): Promise<number>;
  /** When a signal was last sent to a process, on the clock of the edges (s); undefined: not since the clearing. */
  signalS(pid: number, signal: number): Promise<number | undefined>;
}

const T = '/sys/kernel/tracing';

export async function createTrace(machine: Machine): Promise<Trace> {
  const base = Number(await machine.sh('for c in /sys/class/gpio/gpiochip*; do grep -q pinctrl-bcm2711 $c/label && cat $c/base; done'));
  await machine.sh(`echo 4096 > ${T}/buffer_size_kb; echo mono > ${T}/trace_clock; echo 1 > ${T}/events/gpio/enable`);
  const signal = `${T}/events/signal/signal_generate`;
  await machine.sh(`echo 'sig == 9 || sig == 12' > ${signal}/filter; echo 1 > ${signal}/enable; echo > ${T}/trace`);
  return {
    async edges() {
      const text = await machine.sh(`grep -h 'overrun' ${T}/per_cpu/cpu*/stats; grep gpio_ ${T}/trace || true`);
      if (/overrun: [1-9]/.test(text)) throw new Error('the kernel lost trace events');
      return text.split('\n').flatMap((line) => readEdge(line, base));
    },
    clear: async () => void (await machine.sh(`echo > ${T}/trace`)),
    nowS: async () => Number((await machine.sh('cat /proc/uptime')).split(' ')[0]),
    async signalS(pid, number) {
      const text = await machine.sh(`grep 'signal_generate: sig=${number} .* pid=${pid} ' ${T}/trace | tail -n 1 || true`);
      const [, at] = /\s(\d+\.\d+): signal_generate/.exec(text) ?? [];
      return at === undefined ? undefined : Number(at);
    },
  };
}

/** `node-123 [001] ..... 12.345678: gpio_value: 517 set 1` and `gpio_direction: 517 out (0)`. */
function readEdge(text: string, base: number): Edge[] {
  const match = /\s(\d+\.\d+): gpio_(value|direction): (\d+)\s+(set|get|in|out)\s+\(?(-?\d+)/.exec(text);
  if (match === null || match[4] === 'get') return [];
  const [, at, , number, kind, detail] = match;
  return [
    {
      line: Number(number) - base,
      kind: kind as Edge['kind'],
      level: kind === 'set' ? (detail === '1' ? 1 : 0) : undefined,
      atS: Number(at),
    },
  ];
}
