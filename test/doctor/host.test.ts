/** Clock, disk and power supply of the host, and the store file examined through a copy. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { inspectDatabase } from '../../src/doctor/database.ts';
import { disk, mountOf } from '../../src/doctor/disk.ts';
import { realMachine } from '../../src/doctor/machine.ts';
import { power } from '../../src/doctor/power.ts';
import { timekeeping } from '../../src/doctor/timekeeping.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { openDatabase } from '../../src/store/database.ts';
import { linesOf, type MachineSketch, scene } from './scene.ts';

const NOW = Date.UTC(2026, 10, 21, 8);
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'boxenergie-test-'));
  folders.push(made);
  return made;
}

describe('the clock', () => {
  const check = (machine: MachineSketch, wallMs = NOW) => linesOf(timekeeping, scene({ machine, clock: virtualClock(wallMs) }));
  const rtc = (more: Record<string, string> = {}): MachineSketch => ({
    files: { '/sys/class/rtc/rtc0/name': 'rpi_rtc soc:rpi_rtc\n', '/sys/class/rtc/rtc0/since_epoch': `${NOW / 1000 - 1}\n`, ...more },
  });

  test('plausible, synchronised, with an RTC', async () => {
    const { files } = rtc({ '/run/systemd/timesync/synchronized': '', '/sys/class/rtc/rtc0/battery_voltage': '3143586\n' });
    expect(await check({ ...(files && { files }) })).toEqual([
      'ok Wall clock: 2026-11-21T08:00:00.000Z',
      'ok Time server: synchronised since the start',
      'ok Hardware clock (RTC): rpi_rtc, 1 s from the wall clock',
    ]);
  });
  test.each([0, Date.UTC(2025, 11, 31), Date.UTC(2101, 0, 1)])('a clock at %d was never set', async (wallMs) => {
    expect((await check({}, wallMs))[0]).toMatch(/^failed Wall clock: .* → Connect the machine/);
  });
  test('nothing said is unknown, never ok', async () => {
    expect((await check({})).slice(1)).toEqual([
      'unknown Time server: nothing here says whether one is reached → On the host: timedatectl, or chronyc tracking',
      'not-applicable Hardware clock (RTC): none: after a power cut the time is wrong until the network is back',
    ]);
    const hourAgo = await check({ changedMs: { '/var/lib/systemd/timesync/clock': NOW - 3_600_000 } });
    expect(hourAgo[1]).toMatch(/^unknown Time server: not since the start; the last good time was 2026-11-21T07/);
    const longAgo = await check({ changedMs: { '/var/lib/systemd/timesync/clock': NOW - 3 * 86_400_000 } });
    expect(longAgo[1]).toMatch(/^warning Time server/);
  });
  test('an RTC that drifts, has no battery, cannot be read', async () => {
    expect((await check(rtc({ '/sys/class/rtc/rtc0/since_epoch': '1000\n' })))[2]).toMatch(
      /^warning Hardware clock \(RTC\): rpi_rtc, \d+ s from/,
    );
    expect((await check(rtc({ '/sys/class/rtc/rtc0/battery_voltage': '9000\n' })))[2]).toMatch(
      /^warning .*missing or flat → Plug the RTC battery/,
    );
    expect((await check(rtc({ '/sys/class/rtc/rtc0/since_epoch': '' })))[2]).toMatch(/^unknown/);
  });
});

describe('the disk', () => {
  const SD = '/dev/mmcblk0p2 / ext4 rw,relatime 0 0\n';
  const check = (mounts: string, more: MachineSketch = {}) =>
    linesOf(
      disk,
      scene({
        machine: {
          space: { freeBytes: 9e9, totalBytes: 31e9 },
          ...more,
          files: { '/proc/mounts': mounts, '/data/options.json': '', ...more.files },
        },
      }),
    );

  test('the mount that holds a path', () => {
    const mounts = `${SD}/dev/nvme0n1p8 /data ext4 rw 0 0\n/dev/sda1 /data/a\\040b vfat ro,nosuid 0 0\ntmpfs /dat tmpfs rw 0 0\nbroken\n`;
    expect(mountOf(mounts, '/data/x')).toMatchObject({ device: '/dev/nvme0n1p8', readOnly: false });
    expect(mountOf(mounts, '/data/a b/c')).toMatchObject({ device: '/dev/sda1', point: '/data/a b', readOnly: true });
    expect(mountOf(mounts, '/database')?.device).toBe('/dev/mmcblk0p2');
    expect(mountOf('', '/data')).toBeUndefined();
  });
  test('writable, roomy, on an SD card', async () => {
    expect(await check(SD)).toEqual([
      'ok Data directory: /data may be written',
      'ok Free space: 9000 MB of 31000 MB',
      'warning Wear: mmcblk0 is an SD card, and does not say how worn it is → Keep backups elsewhere; an SSD lasts longer',
      'not-applicable Store file: none yet',
    ]);
  });
  test('read-only, refused, full, absent', async () => {
    expect((await check('/dev/mmcblk0p8 /data ext4 ro,relatime 0 0\n'))[0]).toMatch(
      /^failed Data directory: \/data is mounted read-only → A worn card/,
    );
    expect((await check(SD, { refused: ['/data'] }))[0]).toMatch(/^failed Data directory: \/data may not be written/);
    expect((await check(SD, { space: { freeBytes: 5e6, totalBytes: 31e9 } }))[1]).toMatch(/^failed Free space: 5 MB of 31000 MB → Remove/);
    expect((await check(SD, { space: { freeBytes: 99e6, totalBytes: 31e9 } }))[1]).toMatch(/^warning Free space/);
    expect(await linesOf(disk, scene())).toEqual([expect.stringMatching(/^not-applicable Data directory: \/data does not exist/)]);
  });
  test('wear: an SSD is no card, soldered memory tells, a container may hide the disk', async () => {
    expect((await check('/dev/nvme0n1p2 / ext4 rw 0 0\n'))[2]).toBe('not-applicable Wear: /dev/nvme0n1p2: no memory card');
    expect((await check('overlay / overlay rw 0 0\n'))[2]).toBe('unknown Wear: the disk below is not shown (overlay)');
    const emmc = (life: string) => check(SD, { files: { '/sys/block/mmcblk0/device/life_time': life } });
    expect((await emmc('0x01 0x02\n'))[2]).toBe('ok Wear: mmcblk0: 10 to 20 % of its life used');
    expect((await emmc('0x09 0x02\n'))[2]).toMatch(/^warning Wear: mmcblk0: 80 to 90 %/);
    expect((await emmc('0x0b 0x0b\n'))[2]).toMatch(/^failed Wear/);
    expect((await emmc('0x00 0x00\n'))[2]).toMatch(/^warning Wear: mmcblk0 is an SD card/);
  });
  test('the store file: whole, in use, damaged, not to be told', async () => {
    const file = { '/data/boxenergie.db': '' };
    const state = async (more: MachineSketch) => (await check(SD, { ...more, files: { ...file, ...more.files } }))[3];
    expect(await state({ database: { verdict: 'ok', detail: 'ok' } })).toBe('ok Store file: whole');
    expect(await state({ database: { verdict: 'damaged', detail: 'malformed' } })).toMatch(
      /^failed Store file: damaged: malformed → The program restores/,
    );
    for (const verdict of ['moving', 'large', 'unreadable'] as const)
      expect(await state({ database: { verdict, detail: '' } })).toMatch(/^unknown/);
    const used = { files: { '/proc/7/comm': 'node\n' }, links: { '/proc/7/fd/20': '/data/boxenergie.db' } };
    expect(await state(used)).toMatch(/^unknown Store file: in use by node \(7\): not examined/);
  });
});

describe('a store file examined', () => {
  test('through a copy: whole, with its log, and neither is touched', async () => {
    const directory = folder();
    const path = join(directory, 'boxenergie.db');
    const running = openDatabase(path);
    const temporary = folder();
    vi.stubEnv('TMPDIR', temporary);
    try {
      const before = readdirSync(directory).map((name) => `${name} ${statSync(join(directory, name)).mtimeMs}`);
      expect(await inspectDatabase(path)).toEqual({ verdict: 'ok', detail: 'ok' });
      expect(readdirSync(directory).map((name) => `${name} ${statSync(join(directory, name)).mtimeMs}`)).toEqual(before);
      // The running program still holds it alone.
      using other = new DatabaseSync(path);
      expect(() => other.prepare('SELECT * FROM sqlite_master').all()).toThrow(/locked/);
    } finally {
      running.close();
      vi.unstubAllEnvs();
    }
    expect(readdirSync(temporary)).toEqual([]);
  });
  test('damaged, absent', async () => {
    const path = join(folder(), 'boxenergie.db');
    openDatabase(path).close();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096, 8192);
    writeFileSync(path, bytes);
    expect((await inspectDatabase(path)).verdict).toBe('damaged');
    writeFileSync(path, 'not a database, and long enough to have a header of its own');
    expect((await inspectDatabase(path)).verdict).toBe('damaged');
    expect((await inspectDatabase(`${path}.absent`)).verdict).toBe('unreadable');
  });
  test('one that changes while it is copied is not called damaged', async () => {
    const path = join(folder(), 'boxenergie.db');
    openDatabase(path).close();
    const writing = setInterval(() => appendFileSync(path, Buffer.alloc(4096)), 0);
    try {
      const verdicts = await Promise.all(Array.from({ length: 20 }, () => inspectDatabase(path)));
      expect(verdicts.filter(({ verdict }) => verdict === 'damaged')).toEqual([]);
    } finally {
      clearInterval(writing);
    }
  });
});

describe('the power supply', () => {
  const firmware = (word: string, path = 'soc/soc:firmware'): MachineSketch => ({
    files: { [`/sys/devices/platform/${path}/get_throttled`]: `${word}\n` },
  });
  const volt = (value: string): Record<string, string> => ({
    '/sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
    '/sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
    '/sys/class/hwmon/hwmon1/in0_lcrit_alarm': `${value}\n`,
  });
  const check = (machine: MachineSketch) => linesOf(power, scene({ machine }));

  test.each([
    ['0', 'ok Firmware: no fault since the start (0x0)'],
    ['50000', 'warning Firmware: since the start: under-voltage, throttled (0x50000) → Use the official power supply and a short cable'],
    ['50005', 'failed Firmware: now: under-voltage, throttled (0x50005) → Use the official power supply and a short cable'],
    ['80008', 'failed Firmware: now: hot (0x80008) → Improve the cooling'],
  ])('get_throttled %s', async (word, line) => {
    expect(await check(firmware(word))).toEqual([line]);
    expect(await check(firmware(word, 'soc@107c000000/soc@107c000000:firmware'))).toEqual([line]);
  });
  test('the alarm of the kernel, found by name', async () => {
    const silent = expect.stringMatching(/^unknown Under-voltage: since the start: this machine does not say → .*vcgencmd get_throttled/);
    expect(await check({ files: volt('0') })).toEqual([silent, 'ok rpi_volt: no under-voltage now']);
    expect(await check({ files: volt('1') })).toEqual([
      silent,
      'failed rpi_volt: under-voltage → Use the official power supply and a short cable',
    ]);
    expect((await check({ files: volt('') }))[1]).toMatch(/^unknown rpi_volt/);
  });
  test('where nobody says: unknown on a Raspberry Pi, beside the point elsewhere', async () => {
    expect(await check({ files: { '/proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0' } })).toEqual([
      expect.stringMatching(/^unknown/),
    ]);
    expect(await check({ facts: { arch: 'x64' } })).toEqual(['not-applicable Under-voltage: only a Raspberry Pi tells']);
  });
});

describe('this very machine', () => {
  test('nothing throws, what is not there is undefined', async () => {
    const machine = realMachine(false);
    const absent = join(folder(), 'absent');
    expect([await machine.text(absent), await machine.names(absent), await machine.real(absent), await machine.link(absent)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect([
      await machine.exists(absent),
      await machine.may(absent, 'read'),
      await machine.changedMs(absent),
      await machine.space(absent),
    ]).toEqual([false, false, undefined, undefined]);
    expect(await machine.names('/proc')).toContain('self');
    expect((await machine.space(tmpdir()))?.totalBytes).toBeGreaterThan(0);
    expect(machine.facts).toMatchObject({ node: process.versions.node, pid: process.pid });
  });
});
