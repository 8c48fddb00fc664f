/** The sensors of the simulated house: what hangs on its I2C bus, and what the kernel shows of its 1-Wire bus. */
import { nodeFiles } from '../files.ts';
import type { Clock, Disks, Files } from '../types.ts';
import { simulatedAds1115 } from './ads1115.ts';
import { w1Slave } from './ds18b20.ts';
import { simulatedFiles } from './files.ts';
import { simulatedHost } from './host.ts';
import type { House } from './house.ts';
import type { SimulatedChip } from './i2c.ts';
import { simulatedIna219 } from './ina219.ts';
import { simulatedIna226 } from './ina226.ts';
import { simulatedIna228 } from './ina228.ts';
import { simulatedIna3221 } from './ina3221.ts';
import { simulatedLm75 } from './lm75.ts';

/** Chips by address, as in the demonstration's configuration. */
export function demoChips(house: House, clock: Clock): ReadonlyMap<number, SimulatedChip> {
  const battery = (index: number, series = 1, shuntOhms = 0.075 / 50) => ({
    volts: () => series * house.battery(index).volts,
    amps: () => house.battery(index).amps,
    shuntOhms,
  });
  const panels = { volts: () => 36, amps: () => Math.max(0, house.battery(3).amps), shuntOhms: 0.075 / 50 };
  return new Map<number, SimulatedChip>([
    [0x40, simulatedIna219(battery(0))],
    [0x41, simulatedIna219(battery(1))],
    [0x42, simulatedIna226(battery(0, 2, 0.075 / 100))],
    [0x43, simulatedIna3221([{ volts: battery(0).volts, amps: () => -0.6, shuntOhms: 0.1 }], clock)],
    [0x44, simulatedIna219(battery(2))],
    [0x45, simulatedIna219(battery(3))],
    [0x46, simulatedIna228(panels, clock)],
    [0x48, simulatedLm75('lm75', () => 24 + house.battery(1).amps / 4)],
    [0x4a, simulatedAds1115([() => dividerVolts(20 + 3 * panels.amps())], clock)],
  ]);
}

/** What the kernel shows of two temperature probes and of the machine; all other files are the real ones. */
export function demoFiles(house: House, clock: Clock): Files {
  const probe = (id: string, celsius: () => number) => [`/sys/bus/w1/devices/${id}/w1_slave`, () => w1Slave(celsius())] as const;
  const probes = [probe('28-0000000000b1', () => house.battery(0).celsius), probe('28-0000000000c1', () => house.tankCelsius)];
  const machine = simulatedHost({ celsius: () => 30 + house.battery(0).celsius, busy: 0.07, lowSupply: () => false }, clock);
  const real = nodeFiles();
  const kernel = /^\/(proc|sys)\//;
  const below = { ...real, read: async (path: string) => (kernel.test(path) ? undefined : real.read(path)) };
  return simulatedFiles(new Map([...probes, ...machine]), below);
}

/** A card of 32 GB, somewhat used. */
export const DEMO_DISKS: Disks = { space: async () => ({ totalBytes: 29e9, freeBytes: 21e9 }) };

/** 10 kΩ at 25 °C with a beta of 3950 K to ground, 10 kΩ to 3.3 V. */
function dividerVolts(celsius: number): number {
  const ohms = 10_000 * Math.exp(3950 * (1 / (celsius + 273.15) - 1 / 298.15));
  return (3.3 * ohms) / (ohms + 10_000);
}
