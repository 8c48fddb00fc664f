/** The simulated house wired up: its meter talks TIC, its batteries hang on I2C, its water and heat give pulses, its relays act. */
import { mqttBrokers } from '../broker.ts';
import { nodeFiles } from '../files.ts';
import type { Clock, Ports } from '../types.ts';
import { type SimulatedGpio, simulatedGpio } from './gpio.ts';
import { createHouse, type House } from './house.ts';
import { simulatedI2c } from './i2c.ts';
import { simulatedIna219 } from './ina219.ts';
import { simulatedMail } from './mail.ts';
import { meterFrame } from './meter.ts';
import { type SimulatedSerial, simulatedSerial } from './serial.ts';

/** The same wiring as in the demonstration's configuration. */
export const WIRING = {
  tic: '/dev/serial/by-id/simulated-linky',
  batteries: [0x40, 0x41, 0x44, 0x45],
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
  const i2c = simulatedI2c(new Map([[1, new Map(chips)]]));
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
    ports: { serial, i2c, gpio, brokers: mqttBrokers(), files: nodeFiles(), mail: simulatedMail() },
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

/** Winter time in France, good enough for sun and tariff. */
function localHour(wallMs: number): number {
  return (((wallMs / 3_600_000 + 1) % 24) + 24) % 24;
}
