/** Relays and batteries of a validated file as the program's own words. */
import type { Chemistry } from '../model.ts';
import type { BatteryConfig, BatterySource, ControlSoc, RelayConfig, Source } from './types.ts';

export interface RawRelay {
  id: string;
  name?: string;
  place?: string;
  owner?: string;
  chip: string;
  line: number;
  active_low: boolean;
  safe: 'off' | 'on';
  lease_s: number;
  contact: 'no' | 'nc';
  min_on_s: number;
  min_off_s: number;
  max_on_s?: number;
  max_changes_per_hour: number;
  max_changes_per_day: number;
  group?: string;
  dead_time_s: number;
  override_minutes: number;
  feedback?: string;
  feedback_w: number;
}
type Threshold = 'start' | 'restart' | 'full' | 'over' | 'deep';
export type RawBattery = {
  id: string;
  name?: string;
  place?: string;
  owner?: string;
  chemistry: Chemistry | 'unknown';
  nominal_v: number;
  cells?: number;
  capacity_ah?: number;
  efficiency?: number;
  peukert?: number;
  current_offset_a?: number;
  self_discharge?: number;
  bank?: string;
  temperatures: string[];
  charge_relays: string[];
  discharge_relays: string[];
  other_relays: string[];
  automatic: boolean;
  control_soc: ControlSoc;
  charge_mode: 'cycle' | 'standby' | 'storage';
  full_charge_days?: number;
  force_full_charge: boolean;
  equalise_days: number;
  compensation_mv?: number;
  reserve_soc?: number;
  battery_life: boolean;
  start_soc: number;
  stop_soc?: number;
  restart_soc: number;
  absorption_minutes: number;
  warning_c?: number;
  cut_c?: number;
  critical_c?: number;
  i_know: boolean;
} & { [K in BatterySource]?: string } & { [K in `${Threshold}_v`]?: number };

const SOURCES: readonly BatterySource[] = ['voltage', 'current', 'soc', 'highest_cell', 'lowest_cell', 'full'];
const THRESHOLDS: readonly Threshold[] = ['start', 'restart', 'full', 'over', 'deep'];

export function toRelay(raw: RawRelay): RelayConfig {
  return {
    id: raw.id,
    ...given({ name: raw.name, place: raw.place, owner: raw.owner, group: raw.group, maxOnS: raw.max_on_s }),
    chip: raw.chip,
    line: raw.line,
    activeLow: raw.active_low,
    safe: raw.safe,
    leaseS: raw.lease_s,
    contact: raw.contact,
    minOnS: raw.min_on_s,
    minOffS: raw.min_off_s,
    maxChangesPerHour: raw.max_changes_per_hour,
    maxChangesPerDay: raw.max_changes_per_day,
    deadTimeS: raw.dead_time_s,
    overrideMinutes: raw.override_minutes,
    feedbackW: raw.feedback_w,
    ...(raw.feedback !== undefined && { feedback: toSource(raw.feedback) }),
  };
}

export function toBattery(raw: RawBattery): BatteryConfig {
  const sources = SOURCES.flatMap((name) => (raw[name] === undefined ? [] : [[name, toSource(raw[name])] as const]));
  const volts = THRESHOLDS.flatMap((name) => (raw[`${name}_v`] === undefined ? [] : [[name, raw[`${name}_v`]] as const]));
  return {
    id: raw.id,
    ...given({ name: raw.name, place: raw.place, owner: raw.owner }),
    ...given({ cells: raw.cells, capacityAh: raw.capacity_ah, stopSoc: raw.stop_soc }),
    ...given({ peukert: raw.peukert, currentOffsetA: raw.current_offset_a, bank: raw.bank }),
    ...given({ efficiency: share(raw.efficiency), selfDischarge: share(raw.self_discharge) }),
    chemistry: raw.chemistry,
    nominalV: raw.nominal_v,
    sources: Object.fromEntries(sources),
    temperatures: raw.temperatures.map(toSource),
    chargeRelays: raw.charge_relays,
    dischargeRelays: raw.discharge_relays,
    otherRelays: raw.other_relays,
    automatic: raw.automatic,
    volts: Object.fromEntries(volts),
    controlSoc: raw.control_soc,
    ...given({ fullChargeDays: raw.full_charge_days, compensationMv: raw.compensation_mv }),
    ...{ chargeMode: raw.charge_mode, forceFullCharge: raw.force_full_charge, equaliseDays: raw.equalise_days },
    ...given({ reserveSoc: raw.reserve_soc }),
    batteryLife: raw.battery_life,
    startSoc: raw.start_soc,
    restartSoc: raw.restart_soc,
    absorptionMinutes: raw.absorption_minutes,
    heat: given({ warningC: raw.warning_c, cutC: raw.cut_c, criticalC: raw.critical_c }),
    iKnow: raw.i_know,
  };
}

function share(percent: number | undefined): number | undefined {
  return percent === undefined ? undefined : percent / 100;
}

function toSource(text: string): Source {
  const [deviceId = '', key = ''] = text.split('.');
  return { deviceId, key };
}

/** Only what the file gives. */
function given<T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
