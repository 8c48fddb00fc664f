/** Modbus units of the simulated house: a solar charge controller on the first battery, energy meters of the house, the hot water tank's thermostat. */
import type { House } from './house.ts';
import type { SimulatedUnit } from './modbus.ts';

/** Amperes that the loads of battery 0 take in the house model. */
const LOAD_AMPS = 1.2;
const PANEL_VOLTS = 18.5;
const POWER_FACTOR = 0.97;

/** An EPEver controller: registers of the maker's protocol; `generatedWh` is what it counted so far. */
export function epeverUnit(house: House, generatedWh: () => number): SimulatedUnit {
  const registers = (): ReadonlyMap<number, number> => {
    const { volts, amps, stateOfCharge, celsius } = house.battery(0);
    const charge = chargeAmps(house);
    const loadW = volts * LOAD_AMPS;
    const total = long(generatedWh() / 10);
    return new Map(
      Object.entries({
        12544: [h(charge > 0.05 ? PANEL_VOLTS : 0.8), h((charge * volts) / PANEL_VOLTS), ...long(h(charge * volts))],
        12548: [h(volts), h(charge), ...long(h(charge * volts))],
        12556: [h(volts), h(LOAD_AMPS), ...long(h(loadW)), h(celsius), h(celsius + 6), h(celsius + 8)],
        12570: [Math.round(stateOfCharge * 100)],
        12573: [1200],
        12800: [0, 1 | ((charge > 0.05 ? 2 : 0) << 2), 1],
        13056: [h(PANEL_VOLTS), h(0.8), h(volts), h(volts), 0, 0, 0, 0, 0, 0, 0, 0, ...total, ...total, ...total, ...total],
        13082: [h(volts), ...long(h(amps))],
      }).flatMap(([start, words]) => words.map((word, i) => [Number(start) + i, word] as const)),
    );
  };
  return { read: (code, address) => (code === 4 ? registers().get(address) : undefined) };
}

/** A thermostat: input register 0 is the tank in tenths of a degree, discrete input 0 says whether it is below 50 °C. */
export function tankUnit(house: House): SimulatedUnit {
  return {
    read(code, address) {
      if (address !== 0) return undefined;
      if (code === 4) return Math.round(house.tankCelsius * 10) & 0xffff;
      return code === 2 ? Number(house.tankCelsius < 50) : undefined;
    },
  };
}

/** An Eastron meter at the entry of the house; its load lies evenly on the phases. Registers between the known ones read zero. */
export function eastronUnit(house: House, phases: 1 | 3): SimulatedUnit {
  const registers = (): ReadonlyMap<number, number> => {
    const { volts, va, peakWh, offPeakWh } = house.meter();
    const watts = va * POWER_FACTOR;
    const kwh = (peakWh + offPeakWh) / 1000;
    const words = new Map<number, number>();
    const put = (address: number, value: number): void => {
      for (const [i, word] of float(value).entries()) words.set(address + i, word);
    };
    for (let n = 0; n < phases; n += 1) {
      put(2 * n, volts);
      put(0x06 + 2 * n, va / volts / phases);
      put(0x0c + 2 * n, watts / phases);
    }
    if (phases === 1) put(0x12, va);
    put(phases === 1 ? 0x1e : 0x3e, POWER_FACTOR);
    if (phases === 3) put(0x34, watts);
    if (phases === 3) put(0x38, va);
    put(0x46, 50);
    put(0x48, kwh);
    put(0x156, kwh);
    return words;
  };
  return { maxCount: 80, read: (code, address) => (code === 4 && address < 0x160 ? (registers().get(address) ?? 0) : undefined) };
}

/** Watts that come from the panel now. */
export function solarWatts(house: House): number {
  return chargeAmps(house) * house.battery(0).volts;
}

function chargeAmps(house: House): number {
  return Math.max(0, house.battery(0).amps + LOAD_AMPS);
}

/** Hundredths. */
function h(value: number): number {
  return Math.round(value * 100);
}

/** 32 bits, low word first. */
function long(value: number): [number, number] {
  const bits = Math.round(value) >>> 0;
  return [bits & 0xffff, bits >>> 16];
}

/** 32-bit float, high word first. */
function float(value: number): [number, number] {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return [view.getUint16(0), view.getUint16(2)];
}
