/** The simulated house wired up: its meter talks TIC, its batteries hang on I2C, its water and heat give pulses, its relays act. */
import { mqttBrokers } from '../broker.ts';
import { nodeFiles } from '../files.ts';
import type { Clock, Files, Ports } from '../types.ts';
import { w1Slave } from './ds18b20.ts';
import { simulatedFiles } from './files.ts';
import { type SimulatedGpio, simulatedGpio } from './gpio.ts';
import { createHouse, type House } from './house.ts';
import { type SimulatedChip, simulatedI2c } from './i2c.ts';
import { simulatedIna219 } from './ina219.ts';
import { simulatedIna226 } from './ina226.ts';
import { simulatedIna228 } from './ina228.ts';
import { simulatedIna3221 } from './ina3221.ts';
import { meterFrame } from './meter.ts';
import { type SimulatedSerial, simulatedSerial } from './serial.ts';

/** The same wiring as in the demonstration's configuration. */
export const WIRING = {
  tic: '/dev/serial/by-id/simulated-linky',
  batteries: [0x40, 0x41, 0x44, 0x45],
  bank: 0x42,
  loads: 0x43,
  solar: 0x46,
  batteryProbe: '28-0000000000b1',
  tankProbe: '28-0000000000c1',
  waterLine: 17,
  heaterLine: 27,
  relayLines: [5, 6, 13, 19],
} as const;
const SHUNT_OHMS = 0.075 / 50;
const STEP_MS = 1_000;

export interface SimulatedHouse {
  readonly ports: Ports;
  readonly house: House;
  readonly serial: SimulatedSerial;
  readonly gpio: SimulatedGpio;
  /** Lets the house live until the signal aborts. */
  live(signal: AbortSignal): void;
}

/** Ports whose far ends are the house; time is the clock's. */
export function simulatedHouse(clock: Clock): SimulatedHouse {
  const house = createHouse();
  const serial = simulatedSerial();
  const wire = serial.wire(WIRING.tic);
  const gpio = simulatedGpio(clock);
  const chips = WIRING.batteries.map((address, index) => {
    const battery = house.battery.bind(house, index);
    return [address, simulatedIna219({ volts: () => battery().volts, amps: () => battery().amps, shuntOhms: SHUNT_OHMS })] as const;
  });
  const router = simulatedIna3221([{ volts: () => house.battery(0).volts, amps: () => -0.6, shuntOhms: 0.1 }], clock);
  const solar = simulatedIna228({ volts: () => 36, amps: () => Math.max(0, house.battery(3).amps), shuntOhms: SHUNT_OHMS }, clock);
  const i2c = simulatedI2c(
    new Map([
      [1, new Map<number, SimulatedChip>([...chips, [WIRING.bank, bankMonitor(house)], [WIRING.loads, router], [WIRING.solar, solar]])],
    ]),
  );
  const given = { water: 0, heater: 0 };

  const follow = (): void => {
    // Active-low relay boards: a low line closes.
    const [charger = false, waterHeater = false, heating = false, ventilation = false] = WIRING.relayLines.map(
      (line) => gpio.levels(line).at(-1) === false,
    );
    house.setRelays({ charger, waterHeater, heating, ventilation });
  };
  gpio.onOutput(follow);
  const step = (): void => {
    const wallMs = clock.wallMs();
    house.step(STEP_MS / 1000, localHour(wallMs));
    wire.send(meterFrame(house.meter(), wallMs), 9600);
    gpio.pulse(WIRING.waterLine, Math.floor(house.waterLitres) - given.water);
    gpio.pulse(WIRING.heaterLine, Math.floor(house.heaterWh) - given.heater);
    given.water = Math.floor(house.waterLitres);
    given.heater = Math.floor(house.heaterWh);
  };
  return {
    ports: { serial, i2c, gpio, brokers: mqttBrokers(), files: probes(house) },
    house,
    serial,
    gpio,
    live(signal) {
      const next = (): void => {
        if (signal.aborted) return;
        step();
        clock.after(STEP_MS, next);
      };
      clock.after(100, next);
    },
  };
}

/** Two more batteries in series, charged and used as the first one. */
function bankMonitor(house: House): SimulatedChip {
  return simulatedIna226({ volts: () => 2 * house.battery(0).volts, amps: () => house.battery(0).amps, shuntOhms: 0.075 / 100 });
}

/** The kernel's folders of two temperature probes, over the real files. */
function probes(house: House): Files {
  const shown = (id: string, celsius: () => number) => [`/sys/bus/w1/devices/${id}/w1_slave`, () => w1Slave(celsius())] as const;
  const both = [shown(WIRING.batteryProbe, () => house.battery(0).celsius), shown(WIRING.tankProbe, () => house.tankCelsius)];
  return simulatedFiles(new Map(both), nodeFiles());
}

/** Winter time in France, good enough for sun and tariff. */
function localHour(wallMs: number): number {
  return (((wallMs / 3_600_000 + 1) % 24) + 24) % 24;
}
