/** One battery with its charger and its load in a house of the program's own parts, in virtual time: for tests of the charge control. */
import { createControl, wishFrom } from '../src/app-control.ts';
import { type BatteryEnergy, createEnergy } from '../src/app-energy.ts';
import { createBoard, openSafely } from '../src/app-relays.ts';
import { toHouse } from '../src/config/house.ts';
import { validateHouse } from '../src/config/validate.ts';
import { createSnapshot } from '../src/control/snapshot.ts';
import type { AnyDriver } from '../src/drivers/driver.ts';
import type { Value } from '../src/model.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { simulatedGpio } from '../src/ports/sim/gpio.ts';
import { simulatedKeepers } from '../src/ports/sim/keeper.ts';
import { EMPTY_STATE } from '../src/store/batch.ts';
import type { StoredState } from '../src/store/types.ts';
import { fakeStore } from './fakes.ts';

export interface Sensed {
  /** Terminal V, A into the battery, °C, %. */
  readonly v?: Value;
  readonly a?: Value;
  readonly c?: Value;
  readonly soc?: Value;
}
const name = { en: 'x', fr: 'x' };
const probe = (periodMs: number): AnyDriver => ({
  type: 'probe',
  title: name,
  proof: 'synthetic',
  options: { type: 'object', additionalProperties: false, properties: {} },
  describe: () => ({
    ...{ manufacturer: 'x', model: 'x', periodMs },
    entities: {
      v: { name, quantity: 'voltage' },
      a: { name, quantity: 'current' },
      c: { name, quantity: 'temperature' },
      soc: { name, quantity: 'stateOfCharge' },
    },
  }),
  async *read() {},
});

export interface ChargeHouseOptions {
  /** Of the battery, one a line, as in a file. */
  readonly lines: readonly string[];
  readonly kept?: { state: StoredState };
  readonly stepS?: number;
  readonly startMs?: number;
}

/** Charger on rs_01, load on rs_02; the load is switched on by hand as a person would. */
export async function chargeHouse({
  lines,
  kept = { state: EMPTY_STATE },
  stepS = 10,
  startMs = Date.UTC(2026, 5, 1),
}: ChargeHouseOptions) {
  const clock = virtualClock(startMs);
  const driver = probe(stepS * 1000);
  const relay = 'max_changes_per_hour: 3600, max_changes_per_day: 86400, override_minutes: 0';
  const battery = ['id: bat', 'charge_relays: [rs_01]', 'discharge_relays: [rs_02]', ...lines].map((line) => `    ${line}\n`).join('');
  const text = `version: 1
devices:
  - {id: p, type: probe}
relays:
  - {id: rs_01, line: 5, ${relay}}
  - {id: rs_02, line: 6, ${relay}}
batteries:
  -
${battery}`;
  const { raw, problems } = validateHouse(text, 'h', [driver]);
  if (problems.length > 0) throw new Error(problems.map(({ problem }) => problem).join('; '));
  const house = toHouse(raw);
  const store = fakeStore(kept);
  const gpio = simulatedGpio(clock);
  const snapshot = createSnapshot(() => stepS * 1000);
  const shown: Record<string, Value> = {};
  const told: string[] = [];
  const ending = new AbortController();
  const common = {
    house,
    snapshot,
    store,
    clock,
    log: () => undefined,
    onValues: (_: string, values: object) => void Object.assign(shown, values),
  };
  const opened = await openSafely(house.relays, { gpio, keepers: simulatedKeepers(clock) }, common.log);
  let energy: BatteryEnergy | undefined;
  const control = createControl({
    ...{ ...common, shedOf: () => undefined, countedOf: (id) => energy?.counted(id) },
    onAlarm: (_, { cause, level }) => void told.push(`${level} ${cause}`),
  });
  energy = createEnergy({ ...common, guarded: control.devices, signal: ending.signal, periodOf: () => stepS * 1000 });
  const counting = energy;
  const board = createBoard({ ...common, opened, outlook: control.outlook, latches: control.orphans, onChange: () => undefined });
  const obey = wishFrom(board, control, { press: () => undefined, acknowledge: () => undefined }, { store, clock });
  const on = (id: string): boolean => board.states().find((state) => state.id === id)?.on === true;
  const changes: { readonly atS: number; readonly on: boolean }[] = [];
  const self = {
    ...{ board, control, snapshot, shown, told, store, changes, clock, obey },
    charging: () => on('rs_01'),
    feeding: () => on('rs_02'),
    /** Why the charger is as it is. */
    reason: () => board.states().find(({ id }) => id === 'rs_01')?.verdict.reason,
    /** Steps of `stepS`; undefined: the sensors are silent. */
    async feed(seconds: number, sense: (atS: number) => Sensed | undefined) {
      for (let s = 0; s < seconds; s += stepS) {
        await clock.advance(stepS * 1000);
        const atS = clock.monotonicMs() / 1000;
        const values = sense(atS);
        if (values !== undefined)
          snapshot.remember({ deviceId: 'p', atMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), values: { ...values } });
        const before = on('rs_01');
        control.step(board.states);
        board.tick(clock.monotonicMs());
        counting.tick(board.states);
        if (on('rs_01') !== before) changes.push({ atS, on: !before });
      }
    },
    press: (key: string, on = true) => obey({ deviceId: 'bat', key, on }),
    async stop() {
      ending.abort();
      await store.flush();
    },
  };
  return self;
}
