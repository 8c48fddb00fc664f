/** One configured battery with its memory: settings from the file, readings from the snapshot, latches through the store. */
import { chargeMemory } from './app-charge-kept.ts';
import { defectKept } from './app-defect-kept.ts';
import { reserveKept } from './app-reserve-kept.ts';
import { readTimes } from './app-times.ts';
import type { BatteryConfig, BatterySource, Source } from './config/types.ts';
import { type BatteryReadings, type BatterySetting, type BatteryState, newBattery } from './control/battery.ts';
import { type CellLimits, type CellWish, cellLimits, cellsOf, heatLimits, isLithium } from './control/chemistry.ts';
import { type GuardMemory, memoryOf } from './control/guard.ts';
import { readLatch, type Scope, scopeOf } from './control/latch.ts';
import type { ReserveSetting } from './control/reserve.ts';
import type { Snapshot } from './control/snapshot.ts';
import { STAGES, type StageSetting } from './control/stages.ts';
import type { Chemistry, Reading } from './model.ts';
import type { Clock } from './ports/types.ts';
import type { Store, StoredLatch } from './store/types.ts';

const GAUGES = { voltage: 'voltage', highest: 'highest_cell', lowest: 'lowest_cell' } as const satisfies Record<string, BatterySource>;

/** Batteries are judged this often. */
const LOOK_MS = 1_000;

/** What the file asks for, as far as the chemistry bears it. `log` hears of each wish that had to be bounded. */
export function settingOf(config: BatteryConfig, log: (message: string) => void): BatterySetting {
  const { chemistry, sources, heat, iKnow } = config;
  const known: Chemistry | undefined = chemistry === 'unknown' ? undefined : chemistry;
  const cells = config.cells ?? (known === undefined ? 1 : cellsOf(known, config.nominalV));
  const wish = Object.fromEntries(Object.entries(config.volts).map(([name, volts]) => [name, volts / cells])) as CellWish;
  const cell = cellOf(config, wish, log);
  const limits = heatLimits(known, heat, iKnow);
  for (const [name, wished] of Object.entries(wish)) {
    const given = cell[name as keyof CellWish];
    if (Math.abs(given - wished) > 1e-9) log(`${config.id}: ${name}_v is bounded to ${(given * cells).toFixed(2)} V`);
  }
  for (const [name, wished] of Object.entries(heat)) {
    const given = limits[name as keyof typeof heat];
    if (given !== wished) log(`${config.id}: ${name} is bounded to ${given} °C`);
  }
  if (isLithium(known) && config.temperatures.length === 0)
    log(`${config.id}: lithium without a temperature sensor: frost and heat are not guarded`);
  const { capacityAh, startSoc, stopSoc, restartSoc } = config;
  const charge = {
    cell,
    lithium: isLithium(known),
    capacityAh,
    startSoc,
    stopSoc,
    restartSoc,
    absorptionMs: config.absorptionMinutes * 60_000,
    stages: stagesOf(config),
  };
  return {
    guard: { heat: limits, thermometers: config.temperatures.length, cell, gauges: gaugesOf(config).length },
    charge: known === undefined || sources.voltage === undefined ? undefined : charge,
    cells,
    automatic: config.automatic,
    reserve: reserveOf(config, log),
  };
}

/** The chemistry's cell with the file's wishes; lithium knows no correction for its temperature. */
function cellOf({ id, chemistry, compensationMv }: BatteryConfig, wish: CellWish, log: (message: string) => void): CellLimits {
  const cell = cellLimits(chemistry === 'unknown' ? 'lead-acid' : chemistry, wish);
  if (compensationMv === undefined) return cell;
  if (cell.perDegree !== 0) return { ...cell, perDegree: compensationMv };
  log(`${id}: compensation_mv has no meaning for ${chemistry}`);
  return cell;
}

/** Absent from the file, there is none: the volts alone keep a battery from the deep discharge. */
function reserveOf(config: BatteryConfig, log: (message: string) => void): ReserveSetting | undefined {
  const { id, chemistry, reserveSoc, batteryLife, sources, capacityAh, controlSoc } = config;
  if (reserveSoc === undefined && !batteryLife) return undefined;
  const counted = chemistry !== 'unknown' && capacityAh !== undefined && sources.current !== undefined && sources.voltage !== undefined;
  const known = (controlSoc !== 'counted' && sources.soc !== undefined) || (controlSoc !== 'battery' && counted);
  if (controlSoc === 'none' || !known) log(`${id}: a reserve needs a state of charge: soc, or voltage, current and capacity_ah`);
  return { least: reserveSoc ?? STAGES[chemistry === 'unknown' ? 'lead-acid' : chemistry].reserve, learning: batteryLife };
}

function stagesOf({ chemistry, chargeMode, fullChargeDays, forceFullCharge, equaliseDays }: BatteryConfig): StageSetting {
  const facts = STAGES[chemistry === 'unknown' ? 'lead-acid' : chemistry];
  const every = (days: number | undefined): number | undefined => (days === undefined || days === 0 ? undefined : days * 24 * 3_600_000);
  return {
    ...{ facts, mode: chargeMode, forceFull: forceFullCharge },
    fullEveryMs: every(fullChargeDays ?? facts.fullDays),
    equaliseEveryMs: facts.equalise === undefined ? undefined : every(equaliseDays),
  };
}

type GaugeName = keyof typeof GAUGES;
/** Asked for each second, the same as long as the program runs. */
const gauged = new WeakMap<BatteryConfig, readonly GaugeName[]>();

/** Only with a known chemistry do volts mean anything. */
function gaugesOf(config: BatteryConfig): readonly GaugeName[] {
  const known = gauged.get(config);
  if (known !== undefined) return known;
  const { chemistry, sources } = config;
  const names = chemistry === 'unknown' ? [] : (Object.keys(GAUGES) as GaugeName[]).filter((name) => sources[GAUGES[name]] !== undefined);
  gauged.set(config, names);
  return names;
}

/** The readings of one moment. */
export function readingsOf(config: BatteryConfig, snapshot: Snapshot, nowMs: number): BatteryReadings {
  // What will be too old before the next look is too old now: a limit of 30 s means that the relay is open after 30 s.
  const look = ({ deviceId, key }: Source): Reading | undefined => {
    const next = snapshot.read(deviceId, key, nowMs + LOOK_MS);
    return next?.quality === 'stale' || next?.quality === 'dead' ? next : snapshot.read(deviceId, key, nowMs);
  };
  const read = (name: BatterySource): Reading | undefined => {
    const source = config.sources[name];
    return source && look(source);
  };
  return {
    temperatures: config.temperatures.map(look),
    voltage: read('voltage'),
    current: read('current'),
    soc: config.controlSoc === 'auto' || config.controlSoc === 'battery' ? read('soc') : undefined,
    highest: read('highest_cell'),
    lowest: read('lowest_cell'),
    full: read('full'),
    gauged: gaugesOf(config),
  };
}

/** Relays that a condition of this scope opens. */
export function relaysIn({ chargeRelays, dischargeRelays, otherRelays }: BatteryConfig, scope: Scope): readonly string[] {
  if (scope === 'charge') return chargeRelays;
  return scope === 'discharge' ? dischargeRelays : [...new Set([...chargeRelays, ...dischargeRelays, ...otherRelays])];
}

export interface Keeper {
  readonly state: BatteryState;
  /** Writes what changed; latches at once. */
  keep(state: BatteryState): void;
}

/** Latches are kept for the battery and for each relay they open: should the battery leave the file, its relays stay latched. */
export function keeperOf(config: BatteryConfig, setting: BatterySetting, store: Store, clock: Clock): Keeper {
  const { id } = config;
  const nowMs = clock.monotonicMs();
  const mine = store.initial.latches.filter((row) => belongsTo(row, id));
  const kept = new Map(mine.map((row) => [`${row.relayId} ${row.cause}`, row]));
  const words = new Map(mine.map((row) => [row.cause.slice(0, -id.length - 1), row.sinceMs]));
  const memory: GuardMemory = {
    latches: [...words].map(([word, sinceMs]) => ({ word, ageMs: clock.wallMs() - sinceMs })),
    rearmAges: readTimes(store.initial.facts[`rearms:${id}`]).map((atMs) => Math.max(0, clock.wallMs() - atMs)),
  };
  const charged = chargeMemory(id, store, clock);
  const reserve = reserveKept(id, store, clock);
  const defect = defectKept(id, store, clock);
  const newest = ({ heat }: BatteryState['guard']): number | undefined => heat.rearms.at(-1);
  const state = newBattery(setting, nowMs, {
    guard: memory,
    phase: charged.phase,
    stages: charged.stages,
    reserve: reserve.memory,
    defect: defect.memory,
  });
  let rearmed = newest(state.guard);
  let last: BatteryState['guard'] | undefined;
  return {
    state,
    keep({ guard, charge, reserve: held, defect: suspected }) {
      if (charge !== undefined) charged.keep(charge);
      if (held !== undefined) reserve.keep(held);
      defect.keep(suspected);
      const known = last;
      last = guard;
      const sameLatches = known?.heat.latches === guard.heat.latches && known.volts.latches === guard.volts.latches;
      if (sameLatches && newest(guard) === rearmed) return;
      const { latches, rearmAges } = memoryOf(guard, clock.monotonicMs());
      const wanted = new Map(
        latches
          .flatMap(({ word, ageMs }) => rowsOf(config, word, clock.wallMs() - ageMs))
          .map((row) => [`${row.relayId} ${row.cause}`, row]),
      );
      for (const [key, row] of wanted) {
        if (kept.has(key)) continue;
        kept.set(key, row);
        void store.setLatch(row);
      }
      for (const [key, row] of kept) {
        if (wanted.has(key)) continue;
        kept.delete(key);
        void store.clearLatch(row.relayId, row.cause);
      }
      if (newest(guard) !== rearmed) {
        rearmed = newest(guard);
        store.saveFact(`rearms:${id}`, JSON.stringify(rearmAges.map((ageMs) => Math.round(clock.wallMs() - ageMs))));
      }
    },
  };
}

/** `over-temperature-manual@house_battery`. A word of a later program is nobody's: its relay stays latched. */
export function belongsTo({ cause }: StoredLatch, batteryId: string): boolean {
  return cause.endsWith(`@${batteryId}`) && readLatch(cause.slice(0, -batteryId.length - 1), 0) !== undefined;
}

function rowsOf(config: BatteryConfig, word: string, sinceMs: number): StoredLatch[] {
  const cause = readLatch(word, 0)?.cause;
  const relays = cause === undefined ? [] : relaysIn(config, scopeOf(cause));
  return [config.id, ...relays].map((relayId) => ({ relayId, cause: `${word}@${config.id}`, sinceMs: Math.round(sinceMs) }));
}
