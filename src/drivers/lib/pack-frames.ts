/** What batteries tell inverters on CAN (Pylontech, SMA, Victron): each id with its lengths and believable ranges. Little-endian. */
import type { Value } from '../../model.ts';
import type { CanFrame } from '../../ports/can-types.ts';
import { between, ordered } from './believable.ts';
import type { Said } from './can-session.ts';
import { pairedAlarms, pylontechAlarms } from './pack-alarms.ts';
import { round } from './round.ts';

type Read = (data: Uint8Array) => Record<string, Value>;
interface Layout {
  /** As seen on real batteries: the short form of the protocol and the one padded to eight bytes. Others are refused. */
  readonly lengths: readonly number[];
  readonly read: Read;
}

// Reference: batteries 6.4.
const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [0x351, { lengths: [6, 8], read: limits }],
  [0x355, { lengths: [4, 6, 8], read: charge }],
  [0x356, { lengths: [6, 8], read: measurements }],
  [0x359, { lengths: [7, 8], read: pylontechFlags }],
  [0x35a, { lengths: [7, 8], read: pairedAlarms }],
  [0x35c, { lengths: [2, 8], read: requests }],
  [0x35e, { lengths: [2, 3, 4, 5, 6, 7, 8], read: (data) => ({ manufacturer: manufacturer(data) }) }],
  [0x35f, { lengths: [6, 8], read: model }],
  [0x372, { lengths: [8], read: modules }],
  [0x373, { lengths: [8], read: extremes }],
  [0x374, { lengths: [8], read: (data) => ({ cell_id_min: text(data) }) }],
  [0x375, { lengths: [8], read: (data) => ({ cell_id_max: text(data) }) }],
  [0x376, { lengths: [8], read: (data) => ({ min_temperature_id: text(data) }) }],
  [0x377, { lengths: [8], read: (data) => ({ max_temperature_id: text(data) }) }],
  [0x378, { lengths: [8], read: energies }],
  [0x379, { lengths: [2, 8], read: (data) => ({ installed_capacity: between(u16(data, 0), 1, 20_000) }) }],
]);
const NAME_START = 0x370;
const NAME_END = 0x371;
export const PACK_IDS: readonly number[] = [...LAYOUTS.keys(), NAME_START, NAME_END];

/** Remembers what one frame needs of another: the halves of the name, and the charge voltage that the measured one must fit. */
export function createPackDecoder(): (frame: CanFrame) => Said | undefined {
  const halves = new Map<number, string | null>();
  let chargeVoltage: Value = null;
  return ({ id, data }) => {
    if (id === NAME_START || id === NAME_END) {
      if (data.length !== 8) return undefined;
      halves.set(id, text(data));
      const [start, end] = [halves.get(NAME_START), halves.get(NAME_END)];
      // Some send numbers under these ids (Eco-Worthy): a name has a beginning that can be read.
      return { source: 'name', values: { battery_name: start == null ? null : `${start}${end ?? ''}`.trim() } };
    }
    const layout = LAYOUTS.get(id);
    if (layout === undefined || !layout.lengths.includes(data.length)) return undefined;
    const values = layout.read(data);
    chargeVoltage = values.charge_voltage_limit ?? chargeVoltage;
    return { source: id, values: id === 0x356 ? fitting(values, chargeVoltage) : values };
  };
}

/** Some (Discover) tell tenths of a volt where others tell hundredths: far from the charge voltage, neither volts nor watts are believed. */
function fitting(values: Record<string, Value>, chargeVoltage: Value): Record<string, Value> {
  if (typeof values.voltage !== 'number' || typeof chargeVoltage !== 'number') return values;
  const share = values.voltage / chargeVoltage;
  return share > 0.4 && share < 1.4 ? values : { ...values, voltage: null, power: null };
}

function limits(data: Uint8Array): Record<string, Value> {
  return {
    charge_voltage_limit: scaled(u16(data, 0), 0.1, 1, 1_000),
    charge_current_limit: scaled(i16(data, 2), 0.1, 0, 3_000),
    discharge_current_limit: scaled(i16(data, 4), 0.1, 0, 3_000),
    ...(data.length === 8 && { discharge_voltage_limit: scaled(u16(data, 6), 0.1, 1, 1_000) }),
  };
}

function charge(data: Uint8Array): Record<string, Value> {
  const coarse = between(u16(data, 0), 0, 100);
  // Hundredths of a percent, left at zero by those who only pad.
  const fine = data.length >= 6 ? u16(data, 4) / 100 : 0;
  const agrees = coarse !== null && fine > 0 && fine <= 100 && Math.abs(fine - coarse) <= 1;
  return { state_of_charge: agrees ? fine : coarse, state_of_health: between(u16(data, 2), 1, 100) };
}

/** Current positive while charging; power is their product. */
function measurements(data: Uint8Array): Record<string, Value> {
  const voltage = scaled(i16(data, 0), 0.01, 8, 327);
  const current = scaled(i16(data, 2), 0.1, -3_000, 3_000);
  const power = voltage === null || current === null ? null : round(voltage * current, 1);
  return { voltage, current, power, temperature: scaled(i16(data, 4), 0.1, -40, 120) };
}

function pylontechFlags(data: Uint8Array): Record<string, Value> {
  return { ...pylontechAlarms(data), modules_online: between(data[4] ?? 0, 1, 64) };
}

function requests(data: Uint8Array): Record<string, Value> {
  const bit = (place: number): boolean => (((data[0] ?? 0) >> place) & 1) === 1;
  return { charge_enabled: bit(7), discharge_enabled: bit(6), force_charge: bit(5) || bit(4), full_charge_request: bit(3) };
}

function model(data: Uint8Array): Record<string, Value> {
  const [major = 0, minor = 0] = data.subarray(2, 4);
  return { firmware: major === 0 && minor === 0 ? null : `${major}.${minor}`, remaining_capacity: between(u16(data, 4), 1, 20_000) };
}

function modules(data: Uint8Array): Record<string, Value> {
  const count = (at: number): number | null => between(u16(data, at), 0, 256);
  return { modules_online: count(0), modules_blocking_charge: count(2), modules_blocking_discharge: count(4), modules_offline: count(6) };
}

function extremes(data: Uint8Array): Record<string, Value> {
  const [low, high] = ordered(scaled(u16(data, 0), 0.001, 0.5, 5), scaled(u16(data, 2), 0.001, 0.5, 5));
  const celsius = (at: number): number | null => between(u16(data, at) - 273, -50, 150);
  const [cold, warm] = ordered(celsius(4), celsius(6));
  return { cell_voltage_min: low, cell_voltage_max: high, cell_temperature_min: cold, cell_temperature_max: warm };
}

/** Steps of 0.1 kWh since the battery was made; both at zero says that nobody counts. */
function energies(data: Uint8Array): Record<string, Value> {
  const [charged, discharged] = [u32(data, 0), u32(data, 4)];
  const wh = (steps: number): number | null => (charged === 0 && discharged === 0 ? null : between(steps * 100, 0, 1e9));
  return { charged_energy: wh(charged), discharged_energy: wh(discharged) };
}

/** ASCII up to the padding; anything else in it and it is no text. */
function text(data: Uint8Array): string | null {
  const letters = String.fromCharCode(...data).replace(/\0+$/, '');
  return /^[ -~]*[!-~][ -~]*$/.test(letters) ? letters : null;
}

/** Deye leaves other bytes behind `PYLON`: the readable beginning counts, if there is one. */
function manufacturer(data: Uint8Array): string | null {
  const [name = ''] = /^[ -~]*/.exec(String.fromCharCode(...data)) ?? [];
  return name.trim().length >= 2 ? name.trim() : null;
}

function u16(data: Uint8Array, at: number): number {
  return (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8);
}
function i16(data: Uint8Array, at: number): number {
  return (u16(data, at) << 16) >> 16;
}
function u32(data: Uint8Array, at: number): number {
  return u16(data, at) + u16(data, at + 2) * 0x1_0000;
}
function scaled(steps: number, step: number, min: number, max: number): number | null {
  return between(round(steps * step, 3), min, max);
}
