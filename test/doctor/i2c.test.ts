/** I2C buses looked through: who answers, what it likely is, and that nothing but reads is done. Register values: vendors' documents. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { i2c } from '../../src/doctor/i2c.ts';
import { identify } from '../../src/doctor/i2c-chips.ts';
import { DeviceError } from '../../src/model.ts';
import { kernelI2cLook, type ReadingBus } from '../../src/ports/i2c-look.ts';
import { i2cBus, linesOf, type SceneSketch, scene } from './scene.ts';

const INA219 = { 0: 0x399f };
const INA219_OURS = { 0: 0x37ff };
const INA226 = { 0: 0x4127, 254: 0x5449, 255: 0x2260 };
const INA228 = { 0: 0x0000, 62: 0x5449, 63: 0x2281 };
const INA3221 = { 0: 0x7127, 254: 0x5449, 255: 0x3220 };
const ADS1115 = { 0: 0x0000, 1: 0x8583, 2: 0x8000, 3: 0x7fff };
const LM75 = { 0: 0x1680, 1: 0x0000, 2: 0x4b00, 3: 0x5000 };
const DEV = { '/dev/i2c-1': '', '/dev/i2c-20': '' };
const yaml = (...chips: readonly string[]): string =>
  `version: 1\ndevices:\n${chips.map((chip, i) => `  - {id: bat_0${i + 1}, type: ina219, shunt_ohms: 0.1, ${chip}}`).join('\n')}\n`;
const check = (more: SceneSketch, machine: SceneSketch['machine'] = { files: DEV }) => linesOf(i2c, scene({ machine, ...more }));

describe('I2C', () => {
  test('no bus matters only when a chip is configured', async () => {
    expect(await check({}, {})).toEqual([
      expect.stringMatching(/^not-applicable Buses: no \/dev\/i2c-\* → Home Assistant OS: dtparam=i2c_arm=on/),
    ]);
    expect((await check({ yaml: yaml('address: 0x40') }, {})).map((line) => line.replace(/ →.*/, ''))).toEqual([
      'failed Buses: no /dev/i2c-*',
      'failed /dev/i2c-1: does not exist',
    ]);
  });
  test("the header's bus is looked through, a display's is not", async () => {
    const reads: string[] = [];
    expect(await check({ i2c: i2cBus({}, reads) })).toEqual(['ok Buses: /dev/i2c-1, /dev/i2c-20', 'ok /dev/i2c-1: nobody answers']);
    expect(reads).toHaveLength(0x77 - 0x03 + 1);
    expect([reads[0], reads.at(-1)]).toEqual(['1 0x3', '1 0x77']);
    expect(reads.filter((read) => !read.startsWith('1 '))).toEqual([]);
  });
  test('what sits there, and each configured chip', async () => {
    const bus = i2cBus({ 64: INA219, 65: INA226, 66: INA3221, 68: INA219_OURS, 69: INA228, 72: ADS1115, 73: LM75, 96: {}, 104: 'kernel' });
    expect(await check({ i2c: bus, yaml: yaml('address: 0x40', 'address: 0x41', 'address: 0x43') })).toEqual([
      'ok Buses: /dev/i2c-1, /dev/i2c-20',
      'ok /dev/i2c-1: 0x40 perhaps INA219, 0x41 INA226, 0x42 INA3221, 0x44 perhaps INA219, 0x45 INA228, 0x48 perhaps ADS1115, 0x49 perhaps LM75, 0x60, 0x68 (held by the kernel)',
      'ok bat_01 (ina219, 0x40): answers',
      'failed bat_02 (ina219, 0x41): an INA226 sits there → Correct type or address in the house file',
      'failed bat_03 (ina219, 0x43): does not answer → Check 3.3 V, ground, the two data wires and the address jumpers',
    ]);
  });
  test('a chip held by a driver of the kernel, an empty bus, a refused one, a broken one', async () => {
    const wanted = { yaml: yaml('address: 0x40') };
    expect((await check({ ...wanted, i2c: i2cBus({ 64: 'kernel' }) }))[2]).toMatch(/^failed bat_01 .*held by a driver of the kernel/);
    expect((await check(wanted))[1]).toMatch(/^failed \/dev\/i2c-1: nobody answers →/);
    expect((await check(wanted, { files: DEV, refused: ['/dev/i2c-1'] }))[1]).toMatch(
      /^failed \/dev\/i2c-1: may not be opened → .*group i2c/,
    );
    const broken = { open: () => Promise.reject(new DeviceError('/dev/i2c-1: ETIMEDOUT')) };
    expect((await check({ ...wanted, i2c: broken }))[1]).toMatch(/^failed \/dev\/i2c-1: fails: \/dev\/i2c-1: ETIMEDOUT → Unplug/);
    expect((await check({ i2c: broken }))[1]).toMatch(/^unknown/);
  });
});

describe('asking for an id', () => {
  const asked = async (address: number, registers: Record<number, number>, expectsIna = false): Promise<readonly string[]> => {
    const reads: string[] = [];
    await using bus = await i2cBus({ [address]: registers }, reads).open(1);
    await identify(bus, address, expectsIna);
    return reads.map((read) => read.split('.')[1] ?? '');
  };
  test('other chips are never asked for the registers of an INA: a number could be a command to them', async () => {
    expect(await asked(0x20, { 0: 0 })).toEqual([]);
    // A converter (PCF8591 begins with 0x80) or anything else between 0x48 and 0x4f.
    expect(await asked(0x48, { 0: 0x80ff, 2: 0, 3: 0 })).toEqual(['0', '2', '3']);
    expect(await asked(0x48, { 0: 0x0000, 2: 0, 3: 0 })).toEqual(['0', '2', '3']);
    expect(await asked(0x40, {})).toEqual(['0']);
    expect(await asked(0x4a, { ...INA228, 2: 0, 3: 0 }, true)).toEqual(['0', '2', '3', 'fe', '3e', '3f']);
  });
  test('what a chip says of itself counts more than how it is set', async () => {
    await using bus = await i2cBus({ 64: { ...INA226, ...INA219_OURS } }).open(1);
    expect(await identify(bus, 0x40, true)).toEqual({ name: 'INA226', certain: true });
  });
  test('no content makes it throw or call an unknown chip certain', async () => {
    const word = fc.integer({ min: 0, max: 0xffff });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 3, max: 0x77 }), word, word, async (address, first, other) => {
        await using bus = await i2cBus({ [address]: { 0: first, 2: other, 3: other, 254: other, 62: other } }).open(1);
        expect((await identify(bus, address, true))?.certain ?? false).toBe(false);
      }),
    );
  });
});

describe('the look at the kernel', () => {
  const fail = (code: string): never => {
    throw Object.assign(new Error(code), { code });
  };
  const bus = (receiveByte: (address: number) => number): ReadingBus => ({
    receiveByte: async (address) => receiveByte(address),
    readWord: async (address) => receiveByte(address) * 0x2041,
    close: async () => undefined,
  });
  test('absent, held, broken; words with their high byte first', async () => {
    const codes: Record<number, string> = { 3: 'ENXIO', 4: 'EREMOTEIO', 5: 'EIO', 6: 'EBUSY', 7: 'ETIMEDOUT' };
    await using look = await kernelI2cLook(async () => bus((address) => (codes[address] === undefined ? 1 : fail(codes[address])))).open(1);
    expect(await Promise.all([0x40, 3, 4, 5, 6].map((address) => look.answers(address)))).toEqual(['yes', 'no', 'no', 'no', 'kernel']);
    expect([await look.word(0x40, 0), await look.word(3, 0), await look.word(6, 0)]).toEqual([0x4120, undefined, undefined]);
    await expect(look.answers(7)).rejects.toThrow('/dev/i2c-1: ETIMEDOUT');
    await expect(look.word(7, 0)).rejects.toThrow(DeviceError);
  });
});
