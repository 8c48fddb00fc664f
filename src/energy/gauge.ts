/** One battery in one step: its charge, its health and its energy from the same readings. Pure. */
import type { Pack } from './bank.ts';
import { type EnergyState, NO_ENERGY, type Remaining, remaining, stepEnergy } from './battery-energy.ts';
import { confidence, uncertainty } from './doubt.ts';
import { type FlowState, flow, type Metered } from './flow.ts';
import { keptHealth, revivedHealth } from './health-kept.ts';
import { keptSoc, revivedSoc } from './soc-kept.ts';
import type { SocSetting } from './soc-setting.ts';
import { type SocState, stepSoc } from './state-of-charge.ts';
import { capacityDoubt, type HealthState, stepHealth } from './state-of-health.ts';

export interface GaugeSetting {
  /** With the rated capacity; undefined: chemistry or capacity not configured, then only energy is counted. */
  readonly soc: SocSetting | undefined;
  readonly nominalV: number;
  readonly gapMs: number;
}
/** Undefined: not configured, not read, or too old. Terminal V; A positive when charging. */
export interface GaugeReadings {
  readonly nowMs: number;
  readonly voltage: Metered | undefined;
  readonly current: Metered | undefined;
  readonly celsius: number | undefined;
  readonly highestCell: number | undefined;
  readonly lowestCell: number | undefined;
  /** 0 to 1, from the battery itself. */
  readonly bms: number | undefined;
  readonly full: boolean;
  readonly idle: boolean | undefined;
}
export interface GaugeState {
  readonly flow: FlowState;
  /** Undefined while the setting has no `soc`. */
  readonly counted: { readonly soc: SocState; readonly health: HealthState } | undefined;
  readonly energy: EnergyState;
  readonly pack: Pack;
  readonly times: Remaining;
  /** A without the sensor's offset; null: unknown. */
  readonly amps: number | null;
}

const UNKNOWN: Pack = {
  powerW: null,
  smoothW: null,
  capacityWh: null,
  soc: null,
  confidence: 0,
  uncertainty: null,
  chargedWh: 0,
  dischargedWh: 0,
};
/** The battery's own figure without a counter beside it. */
const BMS_CONFIDENCE = 90;

/** `kept`: whatever the last life left (see keptGauge). */
export function newGauge({ soc }: GaugeSetting, kept: unknown, now: { readonly nowMs: number; readonly wallMs: number }): GaugeState {
  const { nowMs, wallMs } = now;
  const data = typeof kept === 'object' && kept !== null ? (kept as Record<string, unknown>) : {};
  const counted = soc && { soc: revivedSoc(data.soc, soc, nowMs, wallMs), health: revivedHealth(data.health, nowMs) };
  const times = { toFullS: null, toEmptyS: null };
  return { flow: { atMs: nowMs, amps: null }, counted, energy: NO_ENERGY, pack: UNKNOWN, times, amps: null };
}

export function keptGauge({ counted }: GaugeState, wallMs: number): Record<string, unknown> {
  return counted === undefined ? {} : { soc: keptSoc(counted.soc, wallMs), health: keptHealth(counted.health) };
}

export function stepGauge(before: GaugeState, setting: GaugeSetting, readings: GaugeReadings): GaugeState {
  if (setting.soc === undefined || before.counted === undefined) return energyOnly(before, setting, readings);
  const volts = readings.voltage?.value;
  // What is left of it, not what the label says.
  const capacityAh = before.counted.health.usableAh ?? setting.soc.capacityAh;
  const usable = { ...setting.soc, capacityAh };
  const step = stepSoc(before.counted.soc, usable, { ...readings, voltage: volts });
  const health = stepHealth(before.counted.health, setting.soc, step, { ...readings, volts: readings.voltage, amps: readings.current });
  const energy = stepEnergy(before.energy, step.flow, volts, step.state.offset.amps);
  const sure = confidence(step.state);
  // A figure that may be anything is none.
  const soc = sure === 0 ? null : step.state.soc;
  const pack = {
    ...packOf(energy, step.amps, volts),
    capacityWh: capacityAh * setting.nominalV,
    soc,
    confidence: sure,
    uncertainty: soc === null ? null : uncertainty(step.state, capacityDoubt(health)),
  };
  const times = remaining(soc, energy, usable);
  return { flow: step.state.flow, counted: { soc: step.state, health }, energy, pack, times, amps: step.amps };
}

function energyOnly(before: GaugeState, setting: GaugeSetting, { nowMs, current, voltage, bms }: GaugeReadings): GaugeState {
  const passed = flow(before.flow, current, nowMs, setting.gapMs);
  const energy = stepEnergy(before.energy, passed, voltage?.value, 0);
  const { amps } = passed.state;
  const soc = bms === undefined ? null : Math.min(1, Math.max(0, bms));
  const pack = {
    ...packOf(energy, amps, voltage?.value),
    capacityWh: null,
    soc,
    confidence: soc === null ? 0 : BMS_CONFIDENCE,
    uncertainty: null,
  };
  return { ...before, flow: passed.state, energy, pack, amps };
}

function packOf({ chargedWh, dischargedWh, smoothA }: EnergyState, amps: number | null, volts: number | undefined) {
  const watts = (current: number | null): number | null => (current === null || volts === undefined ? null : current * volts);
  return { powerW: watts(amps), smoothW: watts(smoothA), chargedWh, dischargedWh };
}
