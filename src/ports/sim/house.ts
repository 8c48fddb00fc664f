/** A small physical model of a house: sun, loads, batteries, hot water and the meter, answering to the relays. No time of its own. */
import { seeded } from './random.ts';

/** What the relays of the simulated house switch. */
export interface HouseRelays {
  readonly charger: boolean;
  readonly waterHeater: boolean;
  readonly heating: boolean;
  readonly ventilation: boolean;
}
export interface MeterState {
  readonly volts: number;
  readonly amps: number;
  /** Apparent power drawn, VA. */
  readonly va: number;
  /** Whole Wh, supplier indexes: off-peak and peak. */
  readonly offPeakWh: number;
  readonly peakWh: number;
  readonly offPeakNow: boolean;
  readonly maxTodayVa: number;
}
export interface BatteryState {
  readonly volts: number;
  /** Positive charging. */
  readonly amps: number;
  readonly stateOfCharge: number;
  readonly celsius: number;
}
export interface House {
  /** Lets the time pass. `hour` is the local hour of the day, 0 ≤ hour < 24. */
  step(seconds: number, hour: number): void;
  setRelays(relays: HouseRelays): void;
  meter(): MeterState;
  battery(index: number): BatteryState;
  /** Litres of water and Wh of the hot-water sub-meter since the beginning. */
  readonly waterLitres: number;
  readonly heaterWh: number;
  readonly tankCelsius: number;
}

const BATTERIES = 4;
const CAPACITY_AH = 100;
const CHARGER_AMPS = 8;
const HEATER_W = 2400;
const HEATING_W = 1500;
const VENTILATION_W = 60;
const POWER_FACTOR = 0.97;

interface Battery {
  soc: number;
  amps: number;
  celsius: number;
}

/** Everything that changes while time passes. */
interface Living {
  relays: HouseRelays;
  readonly batteries: readonly Battery[];
  readonly meter: { offPeak: number; peak: number; watts: number; maxToday: number; hour: number };
  readonly flows: { litres: number; heaterWh: number; tank: number; baseW: number; tapOpen: boolean };
  readonly random: () => number;
}

/** What no relay switches, W at the local hour: an oven, a car on its own socket. */
export type Appliances = (hour: number) => number;

/** The house at rest: batteries half full, tank lukewarm, meter somewhere in its life. `seed` makes its people repeatable. */
export function createHouse(seed = 1, appliances: Appliances = () => 0): House {
  const living: Living = {
    relays: { charger: false, waterHeater: false, heating: false, ventilation: false },
    batteries: Array.from({ length: BATTERIES }, (_, i) => ({ soc: 0.5 + i * 0.1, amps: 0, celsius: 20 + i })),
    meter: { offPeak: 8_123_456, peak: 15_654_321, watts: 0, maxToday: 0, hour: 0 },
    flows: { litres: 0, heaterWh: 0, tank: 48, baseW: 350, tapOpen: false },
    random: seeded(seed),
  };
  return {
    step(seconds, hour) {
      stepLoads(living, seconds, hour);
      stepBatteries(living, seconds, hour);
      stepMeter(living, seconds, hour, appliances(hour));
    },
    setRelays(next) {
      living.relays = next;
    },
    meter: () => readMeter(living),
    battery(index) {
      const battery = living.batteries[index] ?? { soc: 0, amps: 0, celsius: 20 };
      const rest = 12.2 + 1.1 * battery.soc;
      return { volts: rest + battery.amps * 0.02, amps: battery.amps, stateOfCharge: battery.soc, celsius: battery.celsius };
    },
    get waterLitres() {
      return living.flows.litres;
    },
    get heaterWh() {
      return living.flows.heaterWh;
    },
    get tankCelsius() {
      return living.flows.tank;
    },
  };
}

function stepLoads({ flows, relays, random }: Living, seconds: number, hour: number): void {
  // People switch things: the base load wanders, higher in the morning and in the evening.
  const busy = 250 + 500 * bump(hour, 7.5) + 900 * bump(hour, 19.5);
  flows.baseW += (busy - flows.baseW) * Math.min(1, seconds / 600) + (random() - 0.5) * 40 * Math.sqrt(seconds);
  flows.baseW = Math.min(4000, Math.max(120, flows.baseW));
  const tapOdds = (0.002 + 0.01 * bump(hour, 7.5) + 0.01 * bump(hour, 19.5)) * seconds;
  flows.tapOpen = flows.tapOpen ? random() > seconds / 45 : random() < tapOdds;
  if (flows.tapOpen) flows.litres += 0.12 * seconds;
  const heating = relays.waterHeater && flows.tank < 62;
  if (heating) flows.heaterWh += (HEATER_W * seconds) / 3600;
  // 200 L tank: 2400 W warm it by 10 K an hour; it cools towards the room, faster while hot water is drawn.
  const lossPerS = 0.00001 * (flows.tank - 18) + (flows.tapOpen ? 0.004 : 0);
  flows.tank += seconds * ((heating ? 10.3 / 3600 : 0) - lossPerS);
}

function stepBatteries({ batteries, relays }: Living, seconds: number, hour: number): void {
  const sun = hour > 7 && hour < 18 ? Math.sin(((hour - 7) / 11) * Math.PI) : 0;
  for (const [index, battery] of batteries.entries()) {
    const taper = battery.soc > 0.9 ? Math.max(0, (1 - battery.soc) / 0.1) : 1;
    const charge = ((relays.charger ? CHARGER_AMPS : 0) + 6 * sun) * taper;
    const load = 1.2 + 0.4 * index + (relays.ventilation ? 1 : 0);
    battery.amps = battery.soc > 0.02 ? charge - load : Math.max(0, charge - load);
    battery.soc = clamp(battery.soc + (battery.amps * seconds) / 3600 / CAPACITY_AH, 0, 1);
    const heat = 0.0004 * battery.amps ** 2 - 0.002 * (battery.celsius - 19);
    battery.celsius += (heat * seconds) / 60;
  }
}

function stepMeter({ meter, batteries, relays, flows }: Living, seconds: number, hour: number, applianceW: number): void {
  if (hour < meter.hour) meter.maxToday = 0;
  meter.hour = hour;
  const chargerW = relays.charger ? batteries.reduce((sum, b) => sum + (b.soc < 0.995 ? 14 * CHARGER_AMPS : 10), 0) : 0;
  const heaterW = relays.waterHeater && flows.tank < 62 ? HEATER_W : 0;
  const comfortW = (relays.heating ? HEATING_W : 0) + (relays.ventilation ? VENTILATION_W : 0);
  meter.watts = flows.baseW + chargerW + heaterW + comfortW + applianceW;
  meter.maxToday = Math.max(meter.maxToday, meter.watts / POWER_FACTOR);
  const wh = (meter.watts * seconds) / 3600;
  if (offPeak(hour)) meter.offPeak += wh;
  else meter.peak += wh;
}

function readMeter({ meter }: Living): MeterState {
  const va = Math.round(meter.watts / POWER_FACTOR);
  const volts = 236 - va / 1500;
  return {
    volts: Math.round(volts),
    amps: Math.round(va / volts),
    va,
    offPeakWh: Math.floor(meter.offPeak),
    peakWh: Math.floor(meter.peak),
    offPeakNow: offPeak(meter.hour),
    maxTodayVa: Math.round(meter.maxToday),
  };
}

function offPeak(hour: number): boolean {
  return hour >= 22 || hour < 6;
}

/** 1 at `centre`, falling to nearly nothing two hours away. */
function bump(hour: number, centre: number): number {
  return Math.exp(-((hour - centre) ** 2) / 2);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
