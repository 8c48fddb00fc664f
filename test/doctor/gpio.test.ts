/** The header's chip, the lines and the pin conflicts on a Raspberry Pi 3, 4, 5 and elsewhere. */
import { describe, expect, test } from 'vitest';
import { gpio } from '../../src/doctor/gpio.ts';
import { HEADER_BOARDS } from '../../src/doctor/header.ts';
import { pins } from '../../src/doctor/pins.ts';
import { DeviceError } from '../../src/model.ts';
import { HEADER_LABELS } from '../../src/ports/gpio-cdev.ts';
import { kernelGpioLook } from '../../src/ports/gpio-look.ts';
import { fakeKernel } from '../ports/fake-gpio-kernel.ts';
import { chipsAndLines, linesOf, type SceneSketch, scene } from './scene.ts';

const RP1 = { path: '/dev/gpiochip0', label: 'pinctrl-rp1', lines: 54 };
const SOC = { path: '/dev/gpiochip10', label: 'gpio-brcmstb@107d508500', lines: 32 };
const PI5 = chipsAndLines([RP1, SOC]);
const relays = (...lines: readonly string[]): string =>
  `version: 1\nrelays:\n${lines.map((line, i) => `  - {id: rs_0${i + 1}, ${line}}`).join('\n')}\n`;
const sysfs = { '/sys/bus/i2c/devices/i2c-13/name': '', '/sys/class/gpio/export': '' };

describe('the chip of the header', () => {
  test('the labels are those that the GPIO port looks for', () => {
    expect(new Set(HEADER_BOARDS.keys())).toEqual(HEADER_LABELS);
  });
  test.each([
    ['pinctrl-bcm2835', 'Raspberry Pi 3'],
    ['pinctrl-bcm2711', 'Raspberry Pi 4'],
    ['pinctrl-rp1', 'Raspberry Pi 5'],
  ])('%s', async (label, board) => {
    const [chip, fallback] = await linesOf(gpio, scene({ gpio: chipsAndLines([SOC, { ...RP1, label }]) }));
    expect(chip).toBe(`ok Header's chip: /dev/gpiochip0 is ${label} (${board}), 54 lines`);
    expect(fallback).toBe('not-applicable sysfs fallback: not needed: the character device works');
  });
  test('a PC has none, which matters only when lines are configured', async () => {
    expect(await linesOf(gpio, scene())).toEqual([
      "not-applicable Header's chip: no /dev/gpiochip on this machine → Docker: hand over /dev/gpiochip0 under devices",
      'not-applicable sysfs fallback: this kernel has none',
    ]);
    const lines = await linesOf(gpio, scene({ yaml: relays('line: 17') }), 'fr');
    expect(lines[0]).toMatch(/^warning Puce du connecteur: aucun/);
    expect(lines[2]).toBe('failed rs_01, ligne 17: aucune puce auto accessible → Voyez la puce ci-dessus');
  });
  test('another board: its chips are named', async () => {
    expect((await linesOf(gpio, scene({ gpio: chipsAndLines([SOC]), yaml: relays('line: 1') })))[0]).toBe(
      `warning Header's chip: none of a Raspberry Pi: ${SOC.path} (${SOC.label}) → Name the chip of each line by its label`,
    );
  });
  test('refused: who may help, and what sysfs could do instead', async () => {
    const refused = chipsAndLines([{ path: '/dev/gpiochip0', refused: 'EACCES' }]);
    const on = (more: SceneSketch['machine']) => scene({ gpio: refused, yaml: relays('line: 17'), machine: { files: sysfs, ...more } });
    const [chip, fallback] = await linesOf(gpio, on({}));
    expect(chip).toMatch(/^failed Header's chip: may not be opened: \/dev\/gpiochip0: EACCES → .*gpio: true.*group gpio/);
    expect(fallback).toMatch(/^warning sysfs fallback: usable, but it loses short pulses →/);
    expect((await linesOf(gpio, on({ refused: ['/sys/class/gpio/export'] })))[1]).toMatch(/^failed sysfs fallback: there, but read-only/);
  });
  test('without koffi nothing is known', async () => {
    const broken = { ...PI5, chips: () => Promise.reject(new DeviceError('the koffi package is not installed')) };
    expect(await linesOf(gpio, scene({ gpio: broken }))).toEqual([
      'unknown Character device: the koffi package is not installed → Install the program again: npm ci',
    ]);
  });
});

describe('each configured line', () => {
  test('free, ours, another program, the kernel, sysfs, out of range, another chip', async () => {
    const held = { 6: { consumer: 'boxenergie' }, 13: { consumer: 'gpiomon' }, 16: { consumer: '' }, 19: { consumer: 'sysfs' } };
    const yaml = relays('line: 5', 'line: 6', 'line: 13', 'line: 16', 'line: 19', 'line: 60', 'line: 1, chip: gpio-sim');
    const lines = (await linesOf(gpio, scene({ gpio: chipsAndLines([RP1], held), yaml }))).slice(2);
    expect(lines.map((line) => line.replace(/ →.*/, ''))).toEqual([
      'ok rs_01, line 5: free',
      'ok rs_02, line 6: held by Boxénergie, which is running',
      'failed rs_03, line 13: held by "gpiomon"',
      'failed rs_04, line 16: kept by the kernel for another function',
      'warning rs_05, line 19: held through sysfs: by Boxénergie there, or by another program',
      'failed rs_06, line 60: pinctrl-rp1 has no such line',
      'failed rs_07, line 1: no chip gpio-sim could be opened',
    ]);
  });
  test('a line that the kernel does not describe is unknown', async () => {
    const mute = { ...PI5, line: () => Promise.reject(new Error('ENODEV')) };
    expect((await linesOf(gpio, scene({ gpio: mute, yaml: relays('line: 5') })))[2]).toBe(
      'unknown rs_01, line 5: the kernel does not say: ENODEV',
    );
  });
});

describe('pin conflicts', () => {
  const check = (yaml: string, files: Record<string, string> = {}, more: SceneSketch = {}) =>
    linesOf(pins, scene({ gpio: PI5, yaml, ...more, machine: { files: { ...sysfs, ...files }, ...more.machine } }));

  test('none', async () => {
    expect(await check(relays('line: 17', 'line: 5, active_low: true'))).toEqual(['ok Configured lines: 2, no conflict']);
    expect(await check('version: 1\n')).toEqual(['not-applicable Configured lines: none']);
  });
  test('one line under three names of its chip, also through the link of Raspberry Pi OS', async () => {
    const links = { '/dev/gpiochip4': '/dev/gpiochip0' };
    const yaml = relays('line: 17', 'line: 17, chip: pinctrl-rp1', 'line: 17, chip: /dev/gpiochip4', `line: 17, chip: '${SOC.label}'`);
    expect(await check(yaml, {}, { machine: { files: sysfs, links } })).toEqual([
      'failed rs_02, line 17: the same line as rs_01 → Give one of the two another line',
      'failed rs_03, line 17: the same line as rs_01 → Give one of the two another line',
    ]);
  });
  test('found in a file that is refused for it, too', async () => {
    expect(await check(relays('line: 17', 'line: 17'))).toHaveLength(1);
  });
  test.each<[string, number, Record<string, string>]>([
    ['I2C', 2, { '/sys/bus/i2c/devices/i2c-1/name': '' }],
    ['I2C', 3, { '/sys/bus/i2c/devices/i2c-1/name': '' }],
    ['the memory of a HAT', 0, { '/sys/bus/i2c/devices/i2c-0/name': '' }],
    ['SPI', 7, { '/sys/bus/spi/devices/spi0.0/modalias': '' }],
    ['SPI', 11, { '/sys/bus/spi/devices/spi0.0/modalias': '' }],
    ['the serial port', 14, { '/proc/cmdline': 'console=ttyS0,115200 root=/dev/mmcblk0p2' }],
  ])('%s on line %d', async (name, line, files) => {
    const pulse = `version: 1\ndevices: [{id: water, type: pulse, medium: water, line: ${line}}]\n`;
    const [on] = await check(pulse, files);
    expect(on).toMatch(new RegExp(`^failed water, line ${line}: this pin serves ${name}.*, which is on → Use another line`));
    if (line > 1) expect(await check(pulse)).toEqual(['ok Configured lines: 1, no conflict']);
  });
  test('the serial port: certain when a device uses it, perhaps when its node exists', async () => {
    const yaml = 'version: 1\ndevices:\n  - {id: water, type: pulse, medium: water, line: 15}\n';
    expect((await check(yaml, { '/dev/ttyAMA0': '' }))[0]).toMatch(/^warning water, line 15: this pin may serve the serial port/);
    expect((await check(`${yaml}  - {id: tic, type: linky, port: /dev/ttyAMA0}\n`))[0]).toMatch(/^failed water, line 15/);
  });
  test('1-Wire takes line 4, unless its overlay was given another', async () => {
    const files = { '/sys/bus/w1/devices/w1_bus_master1/w1_master_slaves': '' };
    const yaml = 'version: 1\ndevices: [{id: water, type: pulse, medium: water, line: 4}]\n';
    expect(await check(yaml, files)).toEqual(['ok Configured lines: 1, no conflict']);
    const taken = { gpio: chipsAndLines([RP1], { 4: { consumer: 'onewire@4' } }) };
    expect((await check(yaml, files, taken))[0]).toMatch(/^failed water, line 4: this pin serves 1-Wire/);
  });
  test('without sysfs nothing is certain', async () => {
    const lines = await linesOf(
      pins,
      scene({ gpio: PI5, yaml: 'version: 1\ndevices: [{id: water, type: pulse, medium: water, line: 2}]\n' }),
    );
    expect(lines[0]).toMatch(/^warning water, line 2: this pin may serve I2C/);
  });
  test('the pins of the HAT memory are driven at each start, function on or off', async () => {
    expect((await check(relays('line: 1, active_low: true')))[0]).toMatch(/^warning rs_01, line 1: the firmware drives this pin/);
  });
  test('relays that would close at power-on', async () => {
    expect(
      await check(
        relays('line: 17, active_low: true', 'line: 5', 'line: 6, active_low: true', 'line: 22', "line: 27, active_low: true, safe: 'on'"),
      ),
    ).toEqual([
      'warning rs_01, line 17: may close at power-on, before the program runs → A board that closes at 0 V: use GPIO 4 to 8, or a pull-up resistor of 10 kΩ',
      'warning rs_02, line 5: may close at power-on, before the program runs → A board that closes at 3.3 V: use GPIO 9 to 27, or a pull-down resistor of 10 kΩ',
    ]);
  });
  test('lines of another chip have no such functions', async () => {
    expect(await check(relays(`line: 2, chip: '${SOC.label}'`), { '/sys/bus/i2c/devices/i2c-1/name': '' })).toEqual([
      'ok Configured lines: 1, no conflict',
    ]);
  });
});

describe('the look at the kernel', () => {
  test('asks and requests nothing: every descriptor is closed', async () => {
    const fake = fakeKernel('pinctrl-bcm2711');
    fake.lines.set(5, { value: false, owner: 'gpiomon' });
    const look = kernelGpioLook(
      async () => fake.kernel,
      () => ['/dev/gpiochip9', '/dev/gpiochip0'],
    );
    expect(await look.chips()).toEqual([
      { path: '/dev/gpiochip9', refused: 'EPERM' },
      { path: '/dev/gpiochip0', label: 'pinctrl-bcm2711', lines: 54 },
    ]);
    expect(await look.line('/dev/gpiochip0', 5)).toMatchObject({ consumer: 'gpiomon' });
    expect(fake.calls).toEqual(['open /dev/gpiochip0', 'close 10', 'open /dev/gpiochip0', 'close 11']);
  });
});
