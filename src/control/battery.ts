/** One battery in one step: its guard and its charge from the same frozen readings. Pure. */
import type { Reading } from '../model.ts';
import { charge, newCharge } from './charge.ts';
import type { ChargePhase, ChargeSetting, ChargeState, ChargeWish, StageMemory } from './charge-types.ts';
import { type DefectMemory, type DefectState, newDefect, stepDefect } from './defect.ts';
import { shareOfCurrent } from './derate.ts';
import { type GuardMemory, type GuardSetting, type GuardState, guard, newGuard } from './guard.ts';
import type { Alarm, Standing } from './latch.ts';
import type { Inputs } from './relay-types.ts';
import { newReserve, type ReserveMemory, type ReserveSetting, type ReserveState, stepReserve } from './reserve.ts';
import { type Counted, type SocSight, sightOf } from './soc-sight.ts';

export interface BatterySetting {
  readonly guard: GuardSetting;
  /** Undefined: nothing is known of its voltage or chemistry; only guarded. */
  readonly charge: ChargeSetting | undefined;
  readonly cells: number;
  /** Undefined: drawn down to the deep discharge. */
  readonly reserve?: ReserveSetting | undefined;
  /** False: charged on request only. */
  readonly automatic: boolean;
}
/** Undefined: not configured, or nothing read yet. `gauged` tells the two apart for what the guard must have. */
export interface BatteryReadings {
  readonly temperatures: readonly (Reading | undefined)[];
  readonly voltage: Reading | undefined;
  readonly current: Reading | undefined;
  readonly soc: Reading | undefined;
  readonly highest: Reading | undefined;
  readonly lowest: Reading | undefined;
  readonly full: Reading | undefined;
  /** What was counted, where the battery itself says nothing. */
  readonly counted?: Counted | undefined;
  readonly gauged: readonly ('voltage' | 'highest' | 'lowest')[];
}
export interface BatteryState {
  readonly guard: GuardState;
  readonly charge: ChargeState | undefined;
  readonly reserve?: ReserveState | undefined;
  readonly defect: DefectState;
}
/** What outlives a restart. */
export interface BatteryMemory {
  readonly guard?: GuardMemory;
  readonly phase?: ChargePhase | undefined;
  readonly stages?: StageMemory | undefined;
  readonly reserve?: ReserveMemory | undefined;
  readonly defect?: DefectMemory | undefined;
}
export type AlarmLevel = 'none' | Alarm['level'];
export interface BatteryStep {
  readonly state: BatteryState;
  readonly standing: readonly Standing[];
  readonly unready: string | undefined;
  readonly wish: ChargeWish | undefined;
  readonly alarms: readonly Alarm[];
  readonly level: AlarmLevel;
  /** 0 to 1; undefined: unknown, or not a chemistry that is asked. */
  readonly chargeShare: number | undefined;
  readonly inputs: Inputs;
}

export function newBattery(setting: BatterySetting, nowMs: number, kept: BatteryMemory = {}): BatteryState {
  return {
    guard: newGuard(setting.guard, nowMs, kept.guard),
    charge: setting.charge === undefined ? undefined : newCharge(nowMs, kept.phase, kept.stages),
    reserve: setting.reserve && newReserve(setting.reserve, nowMs, kept.reserve),
    defect: newDefect(nowMs, kept.defect),
  };
}

/** `closed`: a charge relay of it is on. */
export function stepBattery(
  before: BatteryState,
  setting: BatterySetting,
  readings: BatteryReadings,
  now: { readonly nowMs: number; readonly closed: boolean; readonly day?: number | undefined },
): BatteryStep {
  const { nowMs } = now;
  const { temperatures, gauged, highest, lowest, current, soc, counted, full } = readings;
  const mean = perCell(readings.voltage, setting.cells);
  const volts = { voltage: mean, highest, lowest };
  const currentA = numberOf(current);
  const guarded = guard(before.guard, setting.guard, { nowMs, temperatures, cells: gauged.map((name) => volts[name]), currentA });
  const causes = guarded.standing.map(({ cause }) => cause);
  const charged =
    before.charge === undefined || setting.charge === undefined
      ? undefined
      : charge(before.charge, setting.charge, {
          ...{ nowMs, mean, highest, lowest, current, soc, counted, full, closed: now.closed },
          temperatureC: guarded.hottest,
          over: causes.includes('over-voltage'),
          under: causes.includes('under-voltage'),
        });
  const seen = { nowMs, sight: sightOf(soc, counted, nowMs), full: seenFull(before.charge, charged?.state) };
  const reserve = reserveOf(before, setting, { ...seen, day: now.day });
  const defect = stepDefect(before.defect, setting.guard.cell, {
    ...{ ...seen, meanV: numberOf(mean), lowV: lowestOf(mean, lowest), under: causes.includes('under-voltage') },
    ...{ locked: causes.includes('deep-discharge'), charged: now.closed && takes(setting.charge, current, currentA) },
  });
  return {
    state: { guard: guarded.state, charge: charged?.state, reserve, defect },
    standing: guarded.standing,
    unready: guarded.unready,
    wish: setting.automatic ? (charged?.wish ?? (reserve !== undefined && reserve.rescue !== 'no' ? RESCUE : undefined)) : undefined,
    alarms: guarded.alarms,
    level: levelOf(guarded.state, causes),
    chargeShare: setting.charge?.lithium === true ? shareOf(readings) : undefined,
    inputs: { temperature: guarded.hottest ?? null, voltage: numberOf(readings.voltage) ?? null, phase: charged?.state.phase ?? null },
  };
}

function lowestOf(mean: Reading | undefined, lowest: Reading | undefined): number | undefined {
  const known = [numberOf(mean), numberOf(lowest)].filter((v) => v !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Without a current sensor the closed relay must do; a sensor that shows nearly nothing tells of a charger that is not there. */
function takes(setting: ChargeSetting | undefined, current: Reading | undefined, amps: number | undefined): boolean {
  return current === undefined || (amps !== undefined && amps > IN_SHARE * (setting?.capacityAh ?? 0));
}
const IN_SHARE = 0.005;

function seenFull(before: ChargeState | undefined, now: ChargeState | undefined): boolean {
  return before !== undefined && now !== undefined && now.fullMs > before.fullMs;
}

const RESCUE: ChargeWish = { on: true, detail: 'reserve' };

function reserveOf(
  { reserve }: BatteryState,
  setting: BatterySetting,
  { nowMs, day, sight, full }: { nowMs: number; day?: number | undefined; sight: SocSight; full: boolean },
): ReserveState | undefined {
  return reserve === undefined || setting.reserve === undefined
    ? undefined
    : stepReserve(reserve, setting.reserve, { nowMs, day, sight, full });
}

function levelOf({ heat, volts }: GuardState, causes: readonly string[]): AlarmLevel {
  if (causes.includes('critical-temperature')) return 'critical';
  if (causes.length > 0) return 'cut-off';
  return heat.told.length + volts.told.length > 0 ? 'warning' : 'none';
}

function shareOf({ temperatures, highest, lowest }: BatteryReadings): number | undefined {
  const values = temperatures.flatMap((reading) => numberOf(reading) ?? []);
  const [coldestC, hottestC] = values.length === 0 ? [undefined, undefined] : [Math.min(...values), Math.max(...values)];
  return shareOfCurrent({ coldestC, hottestC, highestV: numberOf(highest), lowestV: numberOf(lowest) }).charge;
}

function perCell(reading: Reading | undefined, cells: number): Reading | undefined {
  if (reading === undefined || typeof reading.value !== 'number') return reading;
  return { ...reading, value: reading.value / cells };
}

function numberOf(reading: Reading | undefined): number | undefined {
  if (reading === undefined || typeof reading.value !== 'number' || !Number.isFinite(reading.value)) return undefined;
  return reading.quality === 'fresh' || reading.quality === 'late' ? reading.value : undefined;
}
