/** From what a meter says to the zones that shedding watches: Linky in both modes, one or three phases, or any power with a limit. */
import type { Quality, Reading } from '../model.ts';
import type { MeterView, Phase, Zone } from './shedding-types.ts';

/** Gives the newest reading of one of the meter's entities. */
export type ReadEntity = (key: string) => Reading | undefined;

/** Subscribed VA per subscribed ampere. Source: TIC reference, ISOUSC = PREF / 200 V. */
const SUBSCRIBED_VOLTS = 200;
/** To turn a measured current into power where no power is sent (per phase, historic mode). */
const NOMINAL_VOLTS = 230;
/** No domestic meter passes more on one phase for long: such a figure is not believed. */
const IMPLAUSIBLE_VA = 40_000;
const ORDER: readonly Quality[] = ['fresh', 'late', 'stale', 'dead'];

/**
 * The zones of a Linky by the entity names of its driver: one, or three when currents or powers of a third phase are known.
 * The limit is the subscribed power, or the cut-off power or `limitVa` (total VA) if lower. The alarm is ADPS, ADIRn or the status register's overload.
 */
export function linkyZones(read: ReadEntity, limitVa: number | null, nowMs: number): MeterView {
  const three = finite(read('current_l3')) !== null || finite(read('apparent_power_l3')) !== null;
  const phases: readonly Phase[] = three ? [1, 2, 3] : [0];
  const subscribed = subscribedVa(read, phases.length);
  const cutOff = kva(read('cut_off_power')) ?? subscribed;
  const limit = smaller(smaller(subscribed, cutOff), limitVa);
  const powers = phases.map((phase) => (phase === 0 ? singlePower(read) : phasePower(read, phase)));
  const zones = phases.map((phase, i): Zone => {
    const power = plausible(powers[i]);
    const per = (total: number | null): number | null => (total === null ? null : total / phases.length);
    return { phase, power, limit: per(limit), cutOff: per(cutOff), alarm: alarmOf(read, phase) };
  });
  return viewOf(zones, powers, nowMs);
}

/** One zone from any power (W or VA) with a limit in the same unit; no breaker is reckoned behind it. */
export function powerZone(power: Reading | undefined, limit: number | null, nowMs: number): MeterView {
  return viewOf([{ phase: 0, power: finite(power), limit: positive(limit), cutOff: null, alarm: false }], [power], nowMs);
}

function subscribedVa(read: ReadEntity, phases: number): number | null {
  const amps = finite(read('subscribed_current'));
  return kva(read('subscribed_power')) ?? positive(amps === null ? null : amps * SUBSCRIBED_VOLTS * phases);
}

/** Power when the meter sends it, else current times nominal voltage (old meters). */
function singlePower(read: ReadEntity): Reading | undefined {
  const power = read('apparent_power');
  return finite(power) === null ? fromCurrent(read('current_l1')) : power;
}

/** Short frames during an overload carry currents alone: the newer of power and current counts. */
function phasePower(read: ReadEntity, phase: Phase): Reading | undefined {
  const power = read(`apparent_power_l${phase}`);
  const current = read(`current_l${phase}`);
  const powerFirst = finite(power) !== null && (power?.monotonicMs ?? 0) >= (current?.monotonicMs ?? 0);
  return powerFirst || finite(current) === null ? power : fromCurrent(current);
}

function fromCurrent(current: Reading | undefined): Reading | undefined {
  const amps = finite(current);
  return current === undefined || amps === null ? undefined : { ...current, value: amps * NOMINAL_VOLTS };
}

/** An alarm no longer confirmed is no alarm; the power speaks then. */
function alarmOf(read: ReadEntity, phase: Phase): boolean {
  const own = phase === 0 ? read('overload') : read(`overload_l${phase}`);
  return own?.value === true && (own.quality === 'fresh' || own.quality === 'late');
}

function viewOf(zones: readonly Zone[], powers: readonly (Reading | undefined)[], nowMs: number): MeterView {
  const known = zones.every(({ power }) => power !== null);
  const worst = powers.reduce((rank, reading) => Math.max(rank, ORDER.indexOf(reading?.quality ?? 'dead')), 0);
  const newest = powers.reduce((ms, reading) => Math.max(ms, reading?.monotonicMs ?? 0), 0);
  return { zones, quality: known ? (ORDER[worst] ?? 'dead') : 'dead', sampleMs: Math.min(newest, nowMs) };
}

function kva(reading: Reading | undefined): number | null {
  const value = finite(reading);
  return positive(value === null ? null : value * 1000);
}

function finite(reading: Reading | undefined): number | null {
  return typeof reading?.value === 'number' && Number.isFinite(reading.value) ? reading.value : null;
}

function plausible(reading: Reading | undefined): number | null {
  const value = finite(reading);
  return value === null || value < 0 || value > IMPLAUSIBLE_VA ? null : value;
}

function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}

function smaller(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return positive(a ?? b);
  return positive(Math.min(a, b));
}
