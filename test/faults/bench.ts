/** The whole program for the faults F16 to F30: its house file, its wires in memory, its broker, and who watches it. */
import { expect } from 'vitest';
import { run } from '../../src/app.ts';
import type { AppView } from '../../src/app-view.ts';
import { toHouse } from '../../src/config/house.ts';
import type { LoadedConfig } from '../../src/config/types.ts';
import { validateHouse } from '../../src/config/validate.ts';
import type { AnyDriver } from '../../src/drivers/driver.ts';
import { drivers as allDrivers } from '../../src/drivers/index.ts';
import type { Value } from '../../src/model.ts';
import { type VirtualClock, virtualClock } from '../../src/ports/sim/clock.ts';
import { type SimulatedHouse, simulatedHouse } from '../../src/ports/sim/demo.ts';
import type { Clock, Ports } from '../../src/ports/types.ts';
import { EMPTY_STATE } from '../../src/store/batch.ts';
import type { Store, StoredState, StoreHealth } from '../../src/store/types.ts';
import { fakeBrokers, fakeStore } from '../fakes.ts';
import { type Watch, watch } from './invariants.ts';

export interface ProgramOptions {
  /** The house file. */
  readonly text: string;
  /** Beside all real drivers. */
  readonly drivers?: readonly AnyDriver[];
  readonly loaded?: LoadedConfig;
  readonly clock?: VirtualClock;
  /** What the program itself lives by, when that is not the clock itself. */
  readonly loop?: Clock;
  /** Kept from one start to the next. */
  readonly kept?: { state: StoredState };
  readonly openStore?: (onHealth: (health: StoreHealth) => void) => Promise<Store>;
  /** A real broker; else one in memory. */
  readonly url?: string;
  readonly ports?: Partial<Ports>;
  readonly certifiedToken?: string;
  /** The simulated house lives. */
  readonly alive?: boolean;
}

/** Starts the program; time is the caller's to advance. */
export async function program(options: ProgramOptions) {
  const clock = options.clock ?? virtualClock(Date.UTC(2026, 10, 21, 11));
  const drivers = [...(options.drivers ?? []), ...allDrivers];
  const simulated = simulatedHouse(options.loop ?? clock);
  const brokers = fakeBrokers();
  const loaded = options.loaded ?? loadedFrom(options.text, drivers);
  const controller = new AbortController();
  const logs: string[] = [];
  const kept = options.kept ?? { state: EMPTY_STATE };
  const store = await (options.openStore?.(() => undefined) ?? fakeStore(kept));
  const told = (id: string): string | undefined => brokers.last(`/${id}/state`);
  const watching = watch({ house: loaded.house, clock, gpio: simulated.gpio, store, ...(options.url === undefined && { told }) });
  let view: AppView | undefined;
  if (options.alive === true) simulated.live(controller.signal);
  const running = run({
    ...{ loaded, drivers, clock: options.loop ?? clock, signal: controller.signal, version: '0.1.0', random: () => 0 },
    ports: { ...simulated.ports, ...(options.url === undefined && { brokers }), ...options.ports },
    ...(options.certifiedToken !== undefined && { certifiedToken: options.certifiedToken }),
    log: (level, message) => void logs.push(`${level} ${message}`),
    openStore: async () => watching.store,
    witness: watching.witness,
    findBroker: async () => ({ url: options.url ?? 'mqtt://memory' }),
    onView: (seen) => (view = seen),
  });
  return {
    clock,
    simulated,
    brokers,
    store,
    kept,
    controller,
    logs,
    running,
    watching,
    view: () => view as AppView,
    ...talk(brokers, kept),
  };
}
export type Program = Awaited<ReturnType<typeof program>>;

function talk(brokers: ReturnType<typeof fakeBrokers>, kept: { state: StoredState }) {
  const topic = (): string => `boxenergie/${kept.state.facts.install ?? installSaid(brokers)}`;
  return {
    topic,
    state: (device: string): Record<string, Value> => JSON.parse(brokers.last(`/${device}/state`) ?? '{}'),
    command: (device: string, key: string, payload: string, retained = false) =>
      brokers.say(`${topic()}/${device}/${key}/set`, payload, retained),
  };
}
function installSaid(brokers: ReturnType<typeof fakeBrokers>): string {
  return brokers.sent.find(({ topic }) => topic.endsWith('/instance'))?.topic.split('/')[1] ?? '';
}

export function loadedFrom(text: string, drivers: readonly AnyDriver[] = allDrivers): LoadedConfig {
  const { raw, problems } = validateHouse(text, 'house.yaml', drivers);
  expect(problems).toEqual([]);
  return { source: 'file', house: toHouse(raw), problems: [] };
}

/** Ends it in good order; gives what the watch says, or throws what it saw violated. */
export async function leave({ clock, controller, running, watching }: Pick<Program, 'clock' | 'controller' | 'running' | 'watching'>) {
  const verdict = watching.verdict();
  controller.abort(new Error('stop'));
  for (let i = 0; i < 10; i += 1) await clock.advance(1_000);
  await running;
  return verdict;
}

/** Closed or open as wired, of an active-high relay on this line. */
export function closed({ gpio }: SimulatedHouse, line: number): boolean {
  return gpio.levels(line).at(-1) === true;
}

export type Said = Readonly<Record<string, Value>>;
/** One invented device: each second it says what stands in `now.values`; undefined: nothing. */
export function probe(now: { values: Said | undefined }, type = 'probe'): AnyDriver {
  const name = { en: 'Probe', fr: 'Sonde' };
  return {
    ...{ type, title: name, proof: 'synthetic' },
    options: { type: 'object', additionalProperties: false, properties: {} },
    describe: () => ({
      ...{ manufacturer: 'x', model: 'x', periodMs: 1_000 },
      entities: { c: { name, quantity: 'temperature' }, v: { name, quantity: 'voltage' } },
    }),
    async *read({ clock, signal }) {
      for (;;) {
        await clock.sleep(1_000, signal);
        if (now.values !== undefined) yield { ...now.values };
      }
    },
  };
}

/** Real time, for what comes over a real socket. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<number> {
  const begun = performance.now();
  while (!(await holds())) {
    if (performance.now() - begun > limitMs) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - begun;
}

export type { Watch };
