/** The configuration of the laboratory's house. */
import { ACTIVE_HIGH, INA226_ADDRESS, LOOSE_ADDRESS, RELAYS, STUB_ADDRESSES } from './house.ts';

export interface LabConfig {
  readonly backend?: 'cdev' | 'sysfs';
  readonly flushS?: number;
  /** A second Linky on a USB adapter. */
  readonly usb?: boolean;
  /** Every other kind of device: EPEver and BMS on two USB adapters, CAN pack, foxBMS, INA226, DS18B20, and a guarded battery. */
  readonly everything?: boolean;
  /** A probe on the data disk and a battery that it guards, so that a latch can be kept through power cuts. */
  readonly latch?: boolean;
}

export const PROBE = '28-0000000000b1';
export const KEPT_PROBES = '/data/w1';
const EVERYTHING = [
  '  - {id: solar, type: epever, port: /dev/serial/by-id/usb-Lab_Adapter_RS485-if00-port0, period_s: 2}',
  '  - {id: pack, type: jbd, port: /dev/serial/by-id/usb-Lab_Adapter_BMS-if00-port0}',
  '  - {id: bank, type: can_pack, port: vcan0}',
  '  - {id: fox, type: foxbms, port: vcan1, release: v1.7, cells: 4}',
  `  - {id: bat_06, type: ina226, bus: 1, address: ${INA226_ADDRESS}, shunt_ohms: 0.002, max_amps: 20}`,
  `  - {id: probe, type: ds18b20, sensor: ${PROBE}, directory: /tmp/w1, period_s: 1}`,
  '  - {id: machine, type: host}',
];
const GUARDED = [
  'batteries:',
  '  - {id: house_battery, chemistry: lead-acid, nominal_v: 12, voltage: bat_01.bus_voltage, current: bat_01.current, temperatures: [probe.temperature], charge_relays: [rs_01]}',
];

/** YAML. Bus 0 is i2c-stub, bus 1 the one with loose chips; lines 17 and 27 are meters, 22 and 23 fast flow sensors. */
export function labYaml({ backend = 'cdev', flushS = 60, usb = false, everything = false, latch = false }: LabConfig = {}): string {
  const battery = (id: string, bus: number, address: number): string =>
    `  - {id: ${id}, type: ina219, bus: ${bus}, address: ${address}, shunt_ohms: 0.01, max_amps: 30}`;
  // sysfs cannot switch pull resistors; the simulated ones are driven from outside anyway.
  const bias = backend === 'sysfs' ? ', bias: as-is' : '';
  const relays = Object.entries(RELAYS).map(
    ([id, line]) =>
      `  - {id: ${id}, line: ${line}, active_low: ${id !== ACTIVE_HIGH}, safe: 'off', max_changes_per_hour: 1000, max_changes_per_day: 10000}`,
  );
  return [
    'version: 1',
    `gpio: {backend: ${backend}}`,
    'mqtt: {min_interval_s: 0.5, refresh_s: 5}',
    `storage: {flush_s: ${flushS}}`,
    'devices:',
    '  - {id: linky, type: linky, port: /dev/ttyS1}',
    ...(usb ? ['  - {id: solar_meter, type: linky, port: /dev/serial/by-id/usb-Lab_Adapter_TIC2-if00-port0, mode: standard}'] : []),
    ...(everything ? EVERYTHING : []),
    ...(latch ? [`  - {id: probe, type: ds18b20, sensor: ${PROBE}, directory: ${KEPT_PROBES}, period_s: 1}`] : []),
    ...STUB_ADDRESSES.map((address, i) => battery(`bat_0${i + 1}`, 0, address)),
    battery('bat_05', 1, LOOSE_ADDRESS),
    `  - {id: heater, type: pulse, line: 17, medium: electricity${bias}}`,
    `  - {id: water, type: pulse, line: 27, medium: water, contact: flow, debounce_ms: 0${bias}}`,
    `  - {id: flow_1, type: pulse, line: 22, medium: water, contact: flow, debounce_ms: 0${bias}}`,
    `  - {id: flow_2, type: pulse, line: 23, medium: water, contact: flow, debounce_ms: 0${bias}}`,
    'relays:',
    ...relays,
    ...(everything ? GUARDED : []),
    ...(latch ? ['batteries:', '  - {id: cellar, chemistry: unknown, temperatures: [probe.temperature], charge_relays: [rs_02]}'] : []),
  ].join('\n');
}
