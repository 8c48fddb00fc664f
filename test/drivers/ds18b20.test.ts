import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, ds18b20 } from '../../src/drivers/ds18b20.ts';
import { crc8 } from '../../src/drivers/lib/crc8.ts';
import { DeviceError } from '../../src/model.ts';
import { w1Slave, w1SlaveOf } from '../../src/ports/sim/ds18b20.ts';
import { simulatedFiles } from '../../src/ports/sim/files.ts';
import type { Files } from '../../src/ports/types.ts';
import { watch } from './watching.ts';

/** The two lines of a `w1_slave` file; the second as the kernel gives it after a good reading. */
const good = (bytes: string, t: number): string => `${bytes} : crc=${bytes.slice(-2)} YES\n${bytes} t=${t}\n`;

describe('recorded w1_slave files', () => {
  // cpetrich/counterfeit_DS18B20 issue 22 (genuine probes); raspberrypi.org forum t=91982; yryz/ds18b20 issue 1 (below zero);
  // raspberrypi.stackexchange.com 48106 (two kinds of clones); github KeikoWare (chickenGuard).
  test.each([
    ['f4 00 4b 46 7f ff 0c 10 fa', 15250, 15.25],
    ['f3 00 4b 46 7f ff 0d 10 ee', 15187, 15.1875],
    ['f6 00 4b 46 7f ff 0a 10 d6', 15375, 15.375],
    ['3f 00 4b 46 7f ff 01 10 47', 3937, 3.9375],
    ['dd ff 4b 46 7f ff 03 10 25', -2187, -2.1875],
    ['16 00 4b 46 7f ff 0a 10 a5', 1375, 1.375],
    ['5e 01 ff ff 7f ff ff ff 52', 21875, 21.875],
    ['70 01 4b 46 7f ff 10 10 e1', 23000, 23],
    ['2b 01 55 05 7f a5 81 66 cf', 18687, 18.6875],
  ])('%s', (bytes, t, celsius) => expect(decode(good(bytes, t))).toBe(celsius));

  test('85 °C of the power-on register has a right checksum and is no temperature (raspberrypi.stackexchange.com 65828)', () => {
    expect(decode(good('50 05 4b 46 7f ff 0c 10 1c', 85_000))).toBe('failed');
  });
  // The bytes stand in a public program's comment with a NO; the YES is synthetic: the checksum is right.
  test('127.94 °C is a conversion without power', () => {
    expect(decode(good('ff 07 4b 46 7f ff 01 10 2f', 127_937))).toBe('failed');
  });
  test('zeros of a line held low have a right checksum (faschingbauer.me, thermometers)', () => {
    expect(decode(good('00 00 00 00 00 00 00 00 00', 0))).toBe('failed');
  });
  test.each([
    ['20 01 4b 46 7f ff 0c 10 5d : crc=5d NO\n20 01 4b 46 7f ff 0c 10 5d t=18000\n'], // same page
    ['ff ff ff ff ff ff ff ff ff : crc=c9 NO\n63 01 4b 46 7f ff 0d 10 15 t=-62\n'], // friendlyelec.com forum t=393
  ])('a NO is believed, whatever the second line still holds: %s', (text) => expect(decode(text)).toBe('misread'));
});

describe('what a probe may say (synthetic)', () => {
  test('a measured 85 °C is one: hot batteries are not hidden', () => {
    expect(decode(w1Slave(85))).toBe(85);
    expect(decode(w1Slave(85.0625))).toBe(85.0625);
    expect(decode(w1Slave(84.9375))).toBe(84.9375);
  });
  test.each([[-55], [-0.0625], [0], [125]])('%d °C', (celsius) => expect(decode(w1Slave(celsius))).toBe(celsius));
  test.each([[-127], [-55.0625], [125.0625], [127.9375], [2047]])('%d °C is beyond any probe', (celsius) => {
    expect(decode(w1Slave(celsius))).toBe('failed');
  });
  test('kernels 5.10 and 5.11 print 4095.9 for −0.1 °C: the bytes count', () => {
    expect(decode(good('dd ff 4b 46 7f ff 03 10 25', 4_093_812))).toBe(-2.1875);
  });
  test('neither the second line nor an end of line is needed', () => {
    expect(decode('f4 00 4b 46 7f ff 0c 10 fa : crc=fa YES')).toBe(15.25);
    expect(decode('f4 00 4b 46 7f ff 0c 10 fa : crc=fa YES\r\n')).toBe(15.25);
  });
  test('at 9 bits the three lowest bits mean nothing (datasheet DS18B20, figure 2)', () => {
    const bytes = [0x57, 0x01, 0x4b, 0x46, 0x1f, 0xff, 0x09, 0x10];
    expect(decode(w1SlaveOf([...bytes, crc8(bytes)]))).toBe(21);
  });
  test.each([[''], ['\n'], ['f4 00 4b 46 7f ff 0c 10 : crc=fa YES\n'], ['f4 00 4b 46 7f ff 0c 10 fa'], ['not found.\n'], ['15250\n']])(
    'a file cut short says nothing: %j',
    (text) => expect(decode(text)).toBe('misread'),
  );
  test('the checksum of Maxim’s example (application note 27): ROM 02 1C B8 01 00 00 00, CRC A2', () => {
    expect(crc8([0x02, 0x1c, 0xb8, 0x01, 0x00, 0x00, 0x00])).toBe(0xa2);
  });
  test('one wrong bit is always seen, although the kernel says YES', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(71), (bytes, bit) => {
        const whole = [...bytes, crc8(bytes)];
        const at = bit >> 3;
        whole[at] = (whole[at] ?? 0) ^ (1 << (bit & 7));
        expect(decode(w1SlaveOf(whole).replace(/ NO\n/, ' YES\n'))).toBe('misread');
      }),
    );
  });
  test('whatever the file holds: a believable number or none', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => w1SlaveOf([...bytes, crc8(bytes)])),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const seen = decode(text);
        if (typeof seen === 'number') expect(seen >= -55 && seen <= 125).toBe(true);
      }),
    );
  });
});

const SENSOR = '28-000006b67845';
const OPTIONS = { sensor: SENSOR, directory: '/sys/bus/w1/devices', period_s: 10 };
const PATH = `${OPTIONS.directory}/${SENSOR}/w1_slave`;
const nothing: Files = { read: async () => undefined, writeAtomic: async () => undefined };

/** A probe whose file holds what `now` says; other files as given. */
function probe(now: () => string | undefined, others: Readonly<Record<string, string>> = {}) {
  const shown = new Map([[PATH, now], ...Object.entries(others).map(([path, text]) => [path, () => text] as const)]);
  return watch(ds18b20, OPTIONS, { files: simulatedFiles(shown, nothing) });
}

describe('the driver on a bus', () => {
  test('a recorded quarter of a minute of a bad line (friendlyelec.com forum t=393): only good readings, failed after three bad', async () => {
    const ff = 'ff ff ff ff ff ff ff ff ff : crc=c9 NO\n';
    const files = [
      `${ff}63 01 4b 46 7f ff 0d 10 15 t=-62\n`,
      `${ff}63 01 4b 46 7f ff 0d 10 15 t=-62\n`,
      `${ff}63 01 4b 46 7f ff 0d 10 15 t=-62\n`,
      good('61 01 4b 46 7f ff 0f 10 02', 22_062),
      `${ff}61 01 4b 46 7f ff 0f 10 02 t=-62\n`,
      good('62 01 4b 46 7f ff 0e 10 03', 22_125),
      `${ff}62 01 4b 46 7f ff 0e 10 03 t=-62\n`,
      `${ff}62 01 4b 46 7f ff 0e 10 03 t=-62\n`,
    ];
    let at = 0;
    const { clock, seen, controller, running } = probe(() => files[at++]);
    await clock.advance(75_000);
    expect(seen).toEqual([
      { temperature: null, sensor_failed: true, refused: 3 },
      { temperature: 22.0625, sensor_failed: false, refused: 3 },
      { temperature: 22.125, sensor_failed: false, refused: 4 },
    ]);
    controller.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
  });

  test('a failed probe is at once neither hot nor cold', async () => {
    let text = w1Slave(25);
    const { clock, seen } = probe(() => text);
    await clock.advance(0);
    text = good('50 05 4b 46 7f ff 0c 10 1c', 85_000);
    await clock.advance(10_000);
    expect(seen).toEqual([
      { temperature: 25, sensor_failed: false },
      { temperature: null, sensor_failed: true, refused: 1 },
    ]);
  });

  test('a jump waits for a second reading that agrees; a lone one is never shown', async () => {
    let celsius = 25;
    const { clock, seen } = probe(() => w1Slave(celsius));
    const temperatures = (): unknown[] => seen.map(({ temperature }) => temperature);
    await clock.advance(0);
    celsius = 84;
    await clock.advance(10_000);
    celsius = 25.5;
    await clock.advance(10_000);
    expect(temperatures()).toEqual([25, 25.5]);
    celsius = 60;
    await clock.advance(10_000);
    celsius = 62;
    await clock.advance(10_000);
    expect(temperatures()).toEqual([25, 25.5, 62]);
  });

  test('a probe that vanishes, and a bus that is not enabled, say what to do', async () => {
    let text: string | undefined = w1Slave(20);
    const list = { [`${OPTIONS.directory}/w1_bus_master1/w1_master_slaves`]: '28-0000000000aa\n00-400000000000\n' };
    const { clock, seen, running } = probe(() => text, list);
    await clock.advance(0);
    text = undefined;
    await clock.advance(10_000);
    await expect(running).rejects.toMatchObject({
      message: `probe ${SENSOR} is not on the bus`,
      mend: expect.stringMatching(/4\.7 kΩ.*probes found: 28-0000000000aa$/),
    });
    expect(seen).toHaveLength(1);
    await expect(probe(() => undefined).running).rejects.toMatchObject({ mend: expect.stringMatching(/dtoverlay=w1-gpio/) });
  });

  test('a read that fails (EIO) is the probe’s fault, not the program’s', async () => {
    const { running } = probe(() => {
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    });
    await expect(running).rejects.toBeInstanceOf(DeviceError);
    await expect(running).rejects.toThrow(/does not answer/);
  });

  test('a bus that hangs is said after a minute', async () => {
    const files: Files = { ...nothing, read: () => new Promise(() => undefined) };
    const { clock, running } = watch(ds18b20, OPTIONS, { files });
    await clock.advance(60_000);
    await expect(running).rejects.toThrow(/does not answer/);
  });

  test('probes are read one after the other, and abort does not wait for a read that hangs', async () => {
    const asked: string[] = [];
    let answer = (_: string): void => undefined;
    const files: Files = {
      ...nothing,
      read: (path) => {
        asked.push(path);
        return new Promise((resolve) => (answer = resolve));
      },
    };
    const first = watch(ds18b20, OPTIONS, { files });
    const second = watch(ds18b20, { ...OPTIONS, sensor: '28-0000000000aa' }, { files });
    await first.clock.advance(0);
    expect(asked).toEqual([PATH]);
    answer(w1Slave(20));
    await first.clock.advance(0);
    expect(first.seen).toEqual([{ temperature: 20, sensor_failed: false }]);
    expect(asked).toHaveLength(2);
    second.controller.abort(new Error('stop'));
    await expect(second.running).rejects.toThrow('stop');
  });
});
