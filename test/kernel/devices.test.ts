/** Every other kind of device on a real kernel: RS485 and UART behind USB adapters, CAN, 1-Wire, INA226; and a battery that gets too hot. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { w1Slave } from '../../src/ports/sim/ds18b20.ts';
import { labYaml, PROBE } from './config.ts';
import { type House, INA226_ADDRESS, makeDataDisk, openHouse, RELAYS } from './house.ts';
import { note } from './table.ts';
import { canLoop, linkyFrame, playEpever, playFrames, playJbd } from './wires.ts';

let house: House;
const stops: (() => void)[] = [];

/** The kernel's file of a probe, replaced as a whole. */
async function probe(celsius: number): Promise<void> {
  await house.machine.sh(
    `mkdir -p /tmp/w1/${PROBE}; cat > /tmp/w1/new <<'END'\n${w1Slave(celsius)}END\nmv /tmp/w1/new /tmp/w1/${PROBE}/w1_slave`,
  );
}
async function plug(
  id: string,
  chardev: 'usb2' | 'usb3',
  serial: string,
  play: (socket: import('node:net').Socket) => void,
): Promise<void> {
  const socket = await house.machine.usb(chardev);
  stops.push(() => socket.destroy());
  play(socket);
  await house.machine.qmp.execute('device_add', { driver: 'usb-serial', id, chardev, serial });
}

beforeAll(async () => {
  house = await openHouse({ dataDisk: makeDataDisk('devices') });
  await plug('rs485', 'usb2', 'RS485', playEpever);
  await plug('bms', 'usb3', 'BMS', playJbd);
  stops.push(playFrames(house.machine.tic, () => linkyFrame(1234, 5_000_100)));
  await house.machine.sh(canLoop('pylontech-us5000-v13', 'vcan0'));
  await house.machine.sh(canLoop('foxbms-2-bench', 'vcan1'));
  const set = (register: number, value: number): string =>
    `echo ${INA226_ADDRESS} ${register} ${value} > /sys/module/i2c_lab/parameters/set`;
  // 26.5 V in steps of 1.25 mV, 5 A through 2 mΩ in steps of 2.5 µV; the maker's and the chip's number.
  await house.machine.sh([set(2, 21_200), set(1, 4_000), set(0xfe, 0x5449), set(0xff, 0x2260)].join('; '));
  await house.machine.sh(`echo ${INA226_ADDRESS} 6 8 > /sys/module/i2c_lab/parameters/flags`);
  // A battery of 12 V that wants to be charged.
  const swapped = (word: number): number => ((word & 0xff) << 8) | (word >> 8);
  await house.machine.sh(`i2cset -y 0 0x40 2 ${swapped(((12.1 / 4e-3) << 3) | 2)} w`);
  await probe(21.5);
  await house.start(labYaml({ everything: true }));
});
afterAll(async () => {
  for (const stop of stops) stop();
  await house?.[Symbol.asyncDispose]();
});

test('EPEver on a USB-RS485 adapter: the recorded controller is read through modbus-serial', async () => {
  await house.until('the controller', () => house.values('solar').energy_generated === 1030, 60_000);
  expect(house.values('solar')).toMatchObject({ battery_voltage: 12.76, battery_current: -0.03 });
  note('21', 'EPEver recording behind an FTDI adapter, Modbus RTU', '12.76 V, -0.03 A, 1030 Wh as recorded');
});

test('JBD on a second adapter', async () => {
  await house.until('the pack', () => house.values('pack').voltage !== undefined, 60_000);
  expect(house.values('pack')).toMatchObject({ voltage: 15.6, current: 0, state_of_charge: 100, temperature_1: 22.4 });
  note('22', 'JBD recording behind a second FTDI adapter', '15.60 V, 22.4 °C as recorded');
});

test('CAN: a Pylontech recording on one interface, foxBMS on another', async () => {
  await house.until(
    'the bank',
    () => house.values('bank').voltage !== undefined && house.values('bank').state_of_charge !== undefined,
    60_000,
  );
  await house.until('foxBMS', () => Object.keys(house.values('fox')).length > 3, 60_000);
  const { voltage, state_of_charge: soc } = house.values('bank');
  expect(Number(voltage)).toBeGreaterThan(40);
  expect(Number(soc)).toBeGreaterThan(0);
  note('23', 'CAN recordings on vcan: Pylontech; foxBMS 2', `${voltage} V, ${soc} %; ${Object.keys(house.values('fox')).length} values`);
  await house.machine.sh('ip link set vcan0 down');
  await house.until('the loss is said', () => house.values('bridge').bank_problem === true && !house.available('bank'), 60_000);
  await house.machine.sh('ip link set vcan0 up');
  await house.until('the bank is back', () => house.available('bank'), 90_000);
});

test('INA226 and DS18B20', async () => {
  await house.until('the monitor', () => house.values('bat_06').bus_voltage !== undefined, 60_000);
  expect(house.values('bat_06')).toMatchObject({ bus_voltage: 26.5, current: 5, power: 132.5 });
  await house.until('the probe', () => house.values('probe').temperature === 21.5, 60_000);
  note('24', 'INA226 on I2C, DS18B20 file: values', '26.500 V 5.00 A; 21.5 °C');
});

test('above 80 degrees the charge is cut within five seconds, with the broker away, and a restart changes nothing', async () => {
  await house.until('the charge begins', () => house.values('rs_01').rs_01 === true, 120_000);
  await house.machine.sh('ip link set eth0 down');
  await house.trace.clear();
  // A step of more than 10 K is believed with its second sample: heat comes in steps.
  for (const celsius of [30, 39, 48, 57, 66, 75]) {
    await probe(celsius);
    await house.machine.sh('sleep 1.2');
  }
  expect((await house.trace.edges()).filter(({ line, kind, level }) => line === RELAYS.rs_01 && kind === 'set' && level === 1)).toEqual([]);
  const crossedS = await house.trace.nowS();
  await probe(83);
  await house.machine.sh('sleep 6');
  const cut = (await house.trace.edges()).find(({ line, kind, level }) => line === RELAYS.rs_01 && kind === 'set' && level === 1);
  expect(cut).toBeDefined();
  const tookS = (cut?.atS ?? Number.NaN) - crossedS;
  expect(tookS).toBeLessThan(5);
  await house.machine.sh('ip link set eth0 up');
  await house.until('the reason is told', () => house.values('rs_01').rs_01_reason === 'interlock', 90_000);
  await probe(30);
  await house.machine.sh('kill -9 $(cat /tmp/pid)');
  house.forget();
  await house.until('it is back', () => house.available('') && house.values('rs_01').rs_01_reason === 'interlock', 90_000);
  expect(house.values('rs_01').rs_01).toBe(false);
  note('25', 'battery probe above 80 °C, broker away: charge relay open after; still latched after kill -9', `${tookS.toFixed(1)} s; yes`);
});

interface Report {
  readonly checks: readonly {
    readonly id: string;
    readonly findings: readonly { readonly status: string; readonly subject: string; readonly found: string }[];
  }[];
}

test('the diagnosis finds the same house, and says what is missing', async () => {
  await house.stop();
  const doctor = '/opt/boxenergie/boxenergie doctor --config /data/house.yaml --data /data/store --broker mqtt://10.0.2.100:1883 --json';
  const { code, output } = await house.machine.try(doctor, 150_000);
  const report = JSON.parse(output.slice(output.indexOf('{'))) as Report;
  const findings = report.checks.flatMap((check) => check.findings.map((finding) => ({ ...finding, check: check.id })));
  expect(findings.filter(({ status }) => status === 'failed')).toEqual([]);
  expect(code).toBe(0);
  expect(output).toMatch(/9600/);
  expect(output).toMatch(/pinctrl-bcm2711/);
  // A probe that is pulled is found missing.
  await house.machine.sh(`echo ${INA226_ADDRESS} > /sys/module/i2c_lab/parameters/pull`);
  expect((await house.machine.try(doctor, 150_000)).code).toBe(1);
  note(
    '26',
    'boxenergie doctor in the guest: the house as wired; with one chip pulled',
    `${findings.length} findings, none failed; failed`,
  );
});
