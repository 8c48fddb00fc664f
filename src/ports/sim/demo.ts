/** The simulated house wired up: its meter talks TIC, its batteries hang on I2C and Modbus, its water and heat give pulses, its relays act. */
import { mqttBrokers } from '../broker.ts';
import { sharedSerial } from '../serial-shared.ts';
import { sharedConnection } from '../subscriptions.ts';
import type { Clock, Ports } from '../types.ts';
import { type SimulatedCan, simulatedCan } from './can.ts';
import { simulatedCertified } from './certified.ts';
import { DEMO_DISKS, demoChips, demoFiles } from './demo-sensors.ts';
import { foxbmsFrames } from './foxbms.ts';
import { type SimulatedGpio, simulatedGpio } from './gpio.ts';
import { createHouse, type House } from './house.ts';
import { simulatedI2c } from './i2c.ts';
import { type SimulatedKeepers, simulatedKeepers } from './keeper.ts';
import { simulatedMail } from './mail.ts';
import { meterFrame } from './meter.ts';
import { simulatedModbus } from './modbus.ts';
import { eastronUnit, epeverUnit, solarWatts, tankUnit } from './modbus-house.ts';
import { packFrames } from './pack.ts';
import { type SimulatedSerial, simulatedSerial } from './serial.ts';

/** The same wiring as in the demonstration's configuration. */
export const WIRING = {
  tic: '/dev/serial/by-id/simulated-linky',
  solar: '/dev/serial/by-id/simulated-epever',
  rs485: '/dev/serial/by-id/simulated-rs485',
  waterLine: 17,
  heaterLine: 27,
  relayLines: [5, 6, 13, 19],
  bank: 'vcan0',
  foxbms: 'vcan1',
} as const;
const STEP_MS = 1_000;

export interface SimulatedHouse {
  readonly ports: Ports;
  readonly house: House;
  readonly serial: SimulatedSerial;
  readonly gpio: SimulatedGpio;
  readonly can: SimulatedCan;
  readonly keepers: SimulatedKeepers;
  /** Lets the house live until the signal aborts. */
  live(signal: AbortSignal): void;
}

/** Ports whose far ends are the house; time is the clock's. */
export function simulatedHouse(clock: Clock): SimulatedHouse {
  const house = createHouse();
  const serial = simulatedSerial();
  const wire = serial.wire(WIRING.tic);
  const gpio = simulatedGpio(clock);
  const can = simulatedCan(clock);
  const [bank, foxbms] = [can.bus(WIRING.bank), can.bus(WIRING.foxbms)];
  const solar = { wh: 0 };
  const modbus = demoModbus(house, clock, () => solar.wh);
  const i2c = simulatedI2c(new Map([[1, demoChips(house, clock)]]));
  const keepers = simulatedKeepers(clock);
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
    solar.wh += (solarWatts(house) * STEP_MS) / 3_600_000;
    wire.send(meterFrame(house.meter(), wallMs), 9600);
    for (const [id, data] of packFrames([0, 1, 2, 3].map((index) => house.battery(index)))) bank.send(id, data);
    for (const [id, data] of foxbmsFrames(house.battery(3))) foxbms.send(id, data);
    gpio.pulse(WIRING.waterLine, Math.floor(house.waterLitres) - given.water);
    gpio.pulse(WIRING.heaterLine, Math.floor(house.heaterWh) - given.heater);
    given.water = Math.floor(house.waterLitres);
    given.heater = Math.floor(house.heaterWh);
  };
  return {
    ports: {
      serial,
      serialLines: sharedSerial(serial, clock),
      i2c,
      gpio,
      keepers,
      modbus,
      can,
      ...sharedConnection(mqttBrokers(), clock),
      files: demoFiles(house, clock),
      disks: DEMO_DISKS,
      mail: simulatedMail(),
      certified: simulatedCertified(clock.wallMs),
    },
    house,
    serial,
    gpio,
    can,
    keepers,
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

function demoModbus(house: House, clock: Clock, generatedWh: () => number): ReturnType<typeof simulatedModbus> {
  const modbus = simulatedModbus(clock);
  modbus.port(WIRING.solar).units.set(1, epeverUnit(house, generatedWh));
  const rs485 = modbus.port(WIRING.rs485).units;
  rs485.set(2, eastronUnit(house, 1));
  rs485.set(3, eastronUnit(house, 3));
  rs485.set(5, tankUnit(house));
  return modbus;
}

/** Winter time in France, good enough for sun and tariff. */
function localHour(wallMs: number): number {
  return (((wallMs / 3_600_000 + 1) % 24) + 24) % 24;
}
