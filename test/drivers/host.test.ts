import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { host } from '../../src/drivers/host.ts';
import { cpuTicks, cpuUsage, findSensors, oneNumber, ramUsage, uptime } from '../../src/drivers/lib/host-files.ts';
import { DeviceError } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedFiles } from '../../src/ports/sim/files.ts';
import { simulatedHost } from '../../src/ports/sim/host.ts';
import type { Disks, Files } from '../../src/ports/types.ts';
import { watch } from './watching.ts';

const nothing: Files = { read: async () => undefined, writeAtomic: async () => undefined };
const files = (texts: Readonly<Record<string, string>>): Files =>
  simulatedFiles(new Map(Object.entries(texts).map(([path, text]) => [path, () => text])), nothing);

describe('recorded files', () => {
  // A Raspberry Pi with four cores soon after its start (blog.csdn.net, liuwenye2010, 150006767).
  const STAT = 'cpu  2164 1 2011 286493 3370 0 98 0 0 0\ncpu0 635 1 602 71192 846 0 67 0 0 0\nintr 365748 0 0\n';
  test('/proc/stat: 4274 of 294137 ticks were work', () => {
    expect(cpuTicks(STAT)).toEqual({ busy: 4274, total: 294_137 });
    expect(cpuUsage({ busy: 0, total: 0 }, cpuTicks(STAT) ?? { busy: 0, total: 0 })).toBeCloseTo(1.453, 3);
  });
  test('/proc/stat of an old kernel has seven numbers (Red Hat reference guide 4, 5.2.27)', () => {
    expect(cpuTicks('cpu  259246 7001 60190 34250993 137517 772 0\ncpu0 259246 7001')).toEqual({ busy: 327_209, total: 34_715_719 });
  });
  test('/proc/meminfo, with what is available and without', () => {
    // thegeekdiary.com, a current kernel; what-when-how.com, Raspbian on a first Raspberry Pi.
    expect(ramUsage('MemTotal: 1882064 kB\nMemFree: 1376380 kB\nMemAvailable: 1535676 kB\nBuffers: 2088 kB\n')).toBeCloseTo(18.405, 2);
    expect(ramUsage('MemTotal: 448996 kB\nMemFree: 340228 kB\nBuffers: 14408 kB\nCached: 58532 kB\nSwapCached: 0 kB\n')).toBeCloseTo(
      7.98,
      2,
    );
  });
  test('/proc/uptime', () => expect(uptime('13667.08 22426.23\n')).toBe(13_667.08));
});

describe('what is not there, or cannot be', () => {
  test('is undefined, not zero', () => {
    expect(cpuTicks('')).toBeUndefined();
    expect(cpuTicks('cpu0 1 2 3 4\n')).toBeUndefined();
    expect(cpuTicks('cpu  1 2 3\n')).toBeUndefined();
    expect(ramUsage('')).toBeUndefined();
    expect(ramUsage('MemTotal: 0 kB\nMemAvailable: 0 kB\n')).toBeUndefined();
    expect(ramUsage('MemTotal: 10 kB\nMemAvailable: 20 kB\n')).toBeUndefined();
    expect(uptime('')).toBeUndefined();
    expect(oneNumber('', 1, 0, 10)).toBeUndefined();
    expect(oneNumber('11\n', 1, 0, 10)).toBeUndefined();
    expect(oneNumber('-273150\n', 1e-3, -55, 150)).toBeUndefined();
    expect(oneNumber('1 2\n', 1, 0, 10)).toBeUndefined();
  });
  test('ticks that stand still or go back give no use', () => {
    expect(cpuUsage({ busy: 5, total: 10 }, { busy: 5, total: 10 })).toBeUndefined();
    expect(cpuUsage({ busy: 5, total: 10 }, { busy: 0, total: 0 })).toBeUndefined();
    expect(cpuUsage({ busy: 5, total: 10 }, { busy: 4, total: 20 })).toBe(0);
  });
  test('whatever the files hold: a share from 0 to 100, or nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.nat(), { maxLength: 12 }), (text, numbers) => {
        const ticks = cpuTicks(`cpu  ${numbers.join(' ')}\n${text}`);
        const share = ticks && cpuUsage({ busy: 0, total: 0 }, ticks);
        if (share !== undefined) expect(share >= 0 && share <= 100).toBe(true);
        expect(ramUsage(text) ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('where the sensors are', () => {
  test('the processor among other thermal zones, the supply among other chips', async () => {
    const found = await findSensors(
      files({
        '/sys/class/thermal/thermal_zone0/type': 'acpitz\n',
        '/sys/class/thermal/thermal_zone2/type': 'x86_pkg_temp\n',
        '/sys/class/hwmon/hwmon0/name': 'nvme\n',
        '/sys/class/hwmon/hwmon3/name': 'rpi_volt\n',
      }),
    );
    expect(found).toEqual({
      temperature: '/sys/class/thermal/thermal_zone2/temp',
      volts: undefined,
      lowSupply: '/sys/class/hwmon/hwmon3/in0_lcrit_alarm',
    });
  });
  test('without zones the processor’s own chip; a voltage by its label, or of a regulator', async () => {
    const chip = { '/sys/class/hwmon/hwmon1/name': 'k10temp\n', '/sys/class/hwmon/hwmon1/in1_label': 'Vcore\n' };
    expect(await findSensors(files(chip))).toMatchObject({
      temperature: '/sys/class/hwmon/hwmon1/temp1_input',
      volts: { path: '/sys/class/hwmon/hwmon1/in1_input', scale: 1e-3 },
    });
    expect((await findSensors(files({ '/sys/class/regulator/regulator.4/name': 'vdd_cpu\n' }))).volts).toEqual({
      path: '/sys/class/regulator/regulator.4/microvolts',
      scale: 1e-6,
    });
  });
  test('a machine without any, and one whose files refuse themselves', async () => {
    const none = { temperature: undefined, volts: undefined, lowSupply: undefined };
    expect(await findSensors(nothing)).toEqual(none);
    expect(await findSensors({ ...nothing, read: () => Promise.reject(new Error('EACCES')) })).toEqual(none);
  });
});

const DISKS: Disks = { space: async (path) => (path === '/data' ? { totalBytes: 29e9, freeBytes: 21.75e9 } : undefined) };

describe('the driver', () => {
  const start = (change: Readonly<Record<string, () => string | undefined>> = {}, disk = '/data') => {
    const clock = virtualClock();
    let lowSupply = false;
    const shown = simulatedHost({ celsius: () => 48.312, busy: 0.25, lowSupply: () => lowSupply }, clock);
    const all = simulatedFiles(new Map<string, () => string | undefined>([...shown, ...Object.entries(change)]), nothing);
    const watched = watch(host, { disk, period_s: 30 }, { files: all, disks: DISKS }, clock);
    return { ...watched, weaken: () => (lowSupply = true) };
  };

  test('tells all that this machine shows, and nothing that it does not', async () => {
    const { clock, seen, weaken } = start();
    await clock.advance(1_000);
    expect(seen).toEqual([{ cpu_temp: 48.3, cpu_usage: 25, ram_usage: 18.4, disk_usage: 25, uptime: 736, under_voltage: false }]);
    weaken();
    await clock.advance(30_000);
    expect(seen[1]).toMatchObject({ cpu_usage: 25, uptime: 766, under_voltage: true });
  });

  test('a core voltage, where there is one', async () => {
    const { clock, seen } = start({
      '/sys/class/regulator/regulator.2/name': () => 'vdd_core\n',
      '/sys/class/regulator/regulator.2/microvolts': () => '862500\n',
    });
    await clock.advance(1_000);
    expect(seen[0]?.cpu_volt).toBe(0.8625);
  });

  test('a sensor that fails for a moment is unknown; a folder that is not there has no disk', async () => {
    const temperature = '/sys/class/thermal/thermal_zone0/temp';
    const { clock, seen } = start({ [temperature]: () => undefined, '/sys/class/hwmon/hwmon1/in0_lcrit_alarm': () => 'x\n' }, '/none');
    await clock.advance(1_000);
    expect(seen[0]).toMatchObject({ cpu_temp: null, under_voltage: null, cpu_usage: 25 });
    expect(seen[0]).not.toHaveProperty('disk_usage');
  });

  test('a machine without /proc says so', async () => {
    const { running } = start({ '/proc/stat': () => undefined });
    await expect(running).rejects.toBeInstanceOf(DeviceError);
    await expect(running).rejects.toMatchObject({ mend: expect.stringMatching(/Linux/) });
  });

  test('abort does not wait for a file that hangs', async () => {
    const hanging: Files = { ...nothing, read: () => new Promise(() => undefined) };
    const { controller, running } = watch(host, { disk: '/', period_s: 30 }, { files: hanging, disks: DISKS });
    controller.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
  });
});
