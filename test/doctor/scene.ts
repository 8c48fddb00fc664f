/** A machine in memory for the self-diagnosis: files, links, chips and buses as a test describes them. */
import { validateHouse } from '../../src/config/validate.ts';
import type { Check, Finding, Machine, Scene } from '../../src/doctor/types.ts';
import { wiringOf } from '../../src/doctor/wiring.ts';
import { drivers } from '../../src/drivers/index.ts';
import type { GpioChipSeen, GpioLineSeen, GpioLook, I2cLook } from '../../src/ports/look.ts';
import { type VirtualClock, virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import type { Brokers } from '../../src/ports/types.ts';

export interface MachineSketch {
  /** Path to content. Folders follow from the paths. */
  readonly files?: Readonly<Record<string, string>>;
  /** Path to target. */
  readonly links?: Readonly<Record<string, string>>;
  /** May not be opened. */
  readonly refused?: readonly string[];
  readonly facts?: Partial<Machine['facts']>;
  readonly space?: Awaited<ReturnType<Machine['space']>>;
  readonly changedMs?: Readonly<Record<string, number>>;
  readonly database?: Awaited<ReturnType<Machine['inspectDatabase']>>;
  readonly hosts?: Readonly<Record<string, string>>;
}

export function sketched({
  files = {},
  links = {},
  refused = [],
  facts = {},
  space,
  changedMs = {},
  database,
  hosts = {},
}: MachineSketch): Machine {
  const paths = [...Object.keys(files), ...Object.keys(links)];
  const exists = (path: string): boolean => paths.some((each) => each === path || each.startsWith(`${path}/`));
  return {
    facts: { kernel: '6.12.47', arch: 'arm64', node: '24.21.0', uid: 0, pid: 4242, groups: [0], supervised: false, ...facts },
    text: async (path) => (refused.includes(path) ? undefined : files[path]),
    async names(path) {
      if (!exists(path) || refused.includes(path)) return undefined;
      const inside = paths.filter((each) => each.startsWith(`${path}/`)).map((each) => each.slice(path.length + 1).split('/')[0] ?? '');
      return [...new Set(inside)].sort();
    },
    exists: async (path) => exists(path) && (links[path] === undefined || exists(links[path]) || paths.includes(links[path])),
    real: async (path) => (exists(path) ? (links[path] ?? path) : undefined),
    link: async (path) => (refused.includes(path) ? undefined : links[path]),
    may: async (path) => exists(path) && !refused.includes(links[path] ?? path),
    changedMs: async (path) => changedMs[path],
    space: async () => space,
    async resolve(host) {
      const address = hosts[host];
      if (address === undefined) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
      return address;
    },
    inspectDatabase: async () => database ?? { verdict: 'unreadable', detail: 'no such file' },
  };
}

export function chipsAndLines(chips: readonly GpioChipSeen[], held: Readonly<Record<number, Partial<GpioLineSeen>>> = {}): GpioLook {
  return {
    chips: async () => chips,
    line: async (_path, line) => ({ name: `GPIO${line}`, consumer: '', output: false, ...held[line], used: held[line] !== undefined }),
  };
}

/** Address to registers; `kernel`: held by a driver of the kernel. Every read is in `reads`. */
export function i2cBus(chips: Readonly<Record<number, Readonly<Record<number, number>> | 'kernel'>>, reads: string[] = []): I2cLook {
  return {
    open: async (bus) => ({
      async answers(address) {
        reads.push(`${bus} 0x${address.toString(16)}`);
        const chip = chips[address];
        return chip === undefined ? 'no' : chip === 'kernel' ? 'kernel' : 'yes';
      },
      async word(address, register) {
        reads.push(`${bus} 0x${address.toString(16)}.${register.toString(16)}`);
        const chip = chips[address];
        return chip === undefined || chip === 'kernel' ? undefined : chip[register];
      },
      async [Symbol.asyncDispose]() {},
    }),
  };
}

export interface SceneSketch extends Partial<Omit<Scene, 'machine' | 'house' | 'clock'>> {
  readonly machine?: MachineSketch;
  /** Text of a house file. */
  readonly yaml?: string;
  readonly clock?: VirtualClock;
}

export function scene({
  machine = {},
  yaml,
  clock = virtualClock(Date.UTC(2026, 10, 21)),
  ...rest
}: SceneSketch = {}): Scene & { readonly clock: VirtualClock } {
  const { raw, problems } = yaml === undefined ? { raw: {}, problems: [] } : validateHouse(yaml, 'house.yaml', drivers);
  return {
    gpio: chipsAndLines([]),
    i2c: i2cBus({}),
    serial: simulatedSerial(),
    brokers: { connect: () => never() } satisfies Brokers,
    broker: { access: undefined, reason: '' },
    dataDirectory: '/data',
    random: () => 0.5,
    ...rest,
    machine: sketched(machine),
    house: wiringOf(yaml === undefined ? undefined : 'house.yaml', raw, problems),
    clock,
  };
}

/** Findings as lines: `status subject: found → mend`. */
export async function linesOf(check: Check, on: Scene, language: 'en' | 'fr' = 'en'): Promise<string[]> {
  return (await check.run(on, new AbortController().signal)).map((each) => lineOf(each, language));
}
export function lineOf({ status, subject, found, mend }: Finding, language: 'en' | 'fr' = 'en'): string {
  return `${status} ${subject[language]}: ${found[language]}${mend === undefined ? '' : ` → ${mend[language]}`}`;
}

function never(): never {
  throw new Error('nobody should connect here');
}
