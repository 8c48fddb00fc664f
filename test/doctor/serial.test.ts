/** Serial ports and the Linky behind them, on captures of real meters (their sources: test/fixtures/linky/README.md). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { holdersOf } from '../../src/doctor/holders.ts';
import { serial } from '../../src/doctor/serial.ts';
import { tic } from '../../src/doctor/tic.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import { linesOf, type MachineSketch, type SceneSketch, scene, sketched } from './scene.ts';

const ID = '/dev/serial/by-id/usb-FTDI_FT230X_Basic_UART_D307XXXX-if00-port0';
const ADAPTER = { files: { '/dev/ttyUSB0': '', '/proc/1/fd/0': '' }, links: { [ID]: '/dev/ttyUSB0', '/proc/1/fd/1': '/dev/null' } };
const linky = (port: string, mode = 'auto'): string => `version: 1\ndevices: [{id: tic, type: linky, port: ${port}, mode: ${mode}}]\n`;
const held = (comm: string, cmdline: string): MachineSketch => ({
  files: { ...ADAPTER.files, '/proc/77/comm': `${comm}\n`, '/proc/77/cmdline': cmdline.replaceAll(' ', '\0') },
  links: { ...ADAPTER.links, '/proc/77/fd/19': '/dev/ttyUSB0' },
});
const OURS = held('MainThread', '/usr/bin/node --no-opt /opt/boxenergie/dist/main.js run');
const OTHER = held('teleinfo', '/usr/bin/python3 /opt/teleinfo.py --password secret');

describe('serial ports', () => {
  const check = (machine: MachineSketch, port?: string) =>
    linesOf(serial, scene({ machine, ...(port !== undefined && { yaml: linky(port) }) }));

  test('adapters are listed with the node they stand for', async () => {
    expect(await check(ADAPTER)).toEqual([`ok USB adapters: ${ID} = /dev/ttyUSB0`]);
    expect(await check({})).toEqual(['not-applicable USB adapters: nothing in /dev/serial/by-id']);
  });
  test('there, ours to open and free', async () => {
    expect((await check(ADAPTER, ID))[1]).toBe(`ok tic, ${ID}: there, open to us, free`);
  });
  test('a name that changes is a warning, with the lasting one', async () => {
    expect((await check(ADAPTER, '/dev/ttyUSB0')).slice(1)).toEqual([
      `warning tic, /dev/ttyUSB0: this name may change at each start → Write port: ${ID}`,
      'ok tic, /dev/ttyUSB0: there, open to us, free',
    ]);
    const byPath = { files: ADAPTER.files, links: { '/dev/serial/by-path/pci-0000:01:00.0-usb-0:1.2:1.0-port0': '/dev/ttyUSB0' } };
    expect((await check(byPath, '/dev/ttyUSB0'))[1]).toContain('Write port: /dev/serial/by-path/pci-0000:01:00.0-usb-0:1.2:1.0-port0');
    expect((await check({ files: { '/dev/ttyAMA0': '', '/proc/1/fd/0': '' } }, '/dev/ttyAMA0')).slice(1)).toEqual([
      'ok tic, /dev/ttyAMA0: there, open to us, free',
    ]);
  });
  test('absent, refused', async () => {
    const other = '/dev/serial/by-id/usb-OTHER';
    expect((await check(ADAPTER, other))[1]).toBe(`failed tic, ${other}: does not exist → Plug it in, or use ${ID}`);
    expect((await check({ ...ADAPTER, refused: ['/dev/ttyUSB0'] }, ID))[1]).toMatch(
      /^failed tic, .*: may not be opened → .*uart: true.*dialout/,
    );
  });
  test('held by the program itself or by another one, whose arguments are not shown', async () => {
    expect((await check(OURS, ID))[1]).toBe(`ok tic, ${ID}: held by Boxénergie (77)`);
    expect((await check(OTHER, ID))[1]).toBe(`failed tic, ${ID}: held by teleinfo (77) → Only one program can read it: stop the other one`);
  });
  test('not every process could be asked: unknown, not free', async () => {
    const machine = {
      files: { ...ADAPTER.files, '/proc/9/comm': 'secret\n' },
      links: { ...ADAPTER.links, '/proc/9/fd/3': '/dev/ttyUSB0' },
      refused: ['/proc/9/fd'],
    };
    expect((await check(machine, ID))[1]).toMatch(/^unknown tic, .*not every process could be asked/);
    expect(await holdersOf(sketched(machine), ID)).toEqual({ holders: [], complete: false });
  });
  test('the diagnosis does not find itself', async () => {
    expect(await holdersOf(sketched({ ...OTHER, facts: { pid: 77 } }), ID)).toEqual({ holders: [], complete: true });
  });
});

describe('the Linky', () => {
  /** Plays a capture in a loop at its pace, while the check listens. */
  async function heard(
    capture: string | undefined,
    baud: number,
    mode = 'auto',
    more: SceneSketch = {},
    language: 'en' | 'fr' = 'en',
    before: readonly Buffer[] = [],
  ): Promise<string[]> {
    const ports = simulatedSerial();
    const wire = ports.wire(ID);
    const on = scene({ machine: ADAPTER, yaml: linky(ID, mode), serial: ports, ...more });
    let lines: string[] | undefined;
    const checking = linesOf(tic, on, language).then((result) => (lines = result));
    const bytes = capture === undefined ? Buffer.alloc(0) : Buffer.concat([...before, readFileSync(`test/fixtures/linky/${capture}.tic`)]);
    const perStep = baud / 10 / 10;
    for (let step = 0, at = 0; step < 200 && lines === undefined; step += 1) {
      const part = bytes.subarray(at, at + perStep);
      if (part.length > 0) wire.send(part, baud);
      at = at + part.length >= bytes.length ? 0 : at + part.length;
      await on.clock.advance(100);
    }
    expect(wire.opened).toBeUndefined();
    expect(wire.written).toEqual([]);
    return checking;
  }

  test.each([
    ['standard-3p-tempo-peak', 9600, 'auto', /^ok tic: standard mode, 9600 baud: whole frames: 3, groups: \d+ good, [0-2] bad$/],
    ['standard-1p-producer', 9600, 'standard', /^ok tic: standard mode, 9600 baud: whole frames: 3, groups: \d+ good, [0-2] bad$/],
    ['historic-1p-tempo', 1200, 'auto', /^ok tic: historic mode, 1200 baud: whole frames: [1-3], groups: \d+ good, [0-2] bad$/],
    ['historic-3p-base', 1200, 'historic', /^ok tic: historic mode, 1200 baud: whole frames: [1-3], groups: \d+ good, [0-2] bad$/],
  ])('%s at %d, mode %s', async (capture, baud, mode, expected) => {
    expect(await heard(capture, baud, mode)).toEqual([expect.stringMatching(expected)]);
  });
  test('a noisy line: no frame is whole', async () => {
    const noisy = await heard('historic-3p-noisy', 1200);
    expect(noisy).toEqual([
      expect.stringMatching(/^failed tic: 9600 baud: .*; 1200 baud: \d+ good and \d+ bad groups, no whole frame → Shorten/),
    ]);
  });
  test('damage now and then is a warning', async () => {
    const damaged = Buffer.from(readFileSync('test/fixtures/linky/standard-1p-producer.tic'));
    for (let at = 50; at < damaged.length; at += 100) damaged[at] = 0x7e;
    const lines = await heard('standard-1p-producer', 9600, 'standard', {}, 'en', [damaged.subarray(0, 1000)]);
    expect(lines).toEqual([expect.stringMatching(/^warning tic: standard mode, .* bad → Shorten the cable/)]);
  });
  test('silence, after 15 s', async () => {
    expect(await heard(undefined, 9600)).toEqual([
      'failed tic: 9600 baud: silence; 1200 baud: silence → Check the two wires on I1 and I2 of the meter, and the adapter',
    ]);
    expect((await heard(undefined, 9600, 'historic', {}, 'fr'))[0]).toMatch(/^failed tic: 1200 bauds : silence → Vérifiez les deux fils/);
  });
  test('the other mode than the configured one', async () => {
    expect((await heard('standard-1p-producer', 9600, 'historic'))[0]).toMatch(/^failed tic: 1200 baud: nothing readable/);
  });
  test('a port that somebody reads is not opened, and so unknown', async () => {
    expect((await heard(undefined, 9600, 'auto', { machine: OURS }))[0]).toMatch(
      /^unknown tic: not listened to: Boxénergie \(77\) reads the port → See its entities/,
    );
    expect((await heard(undefined, 9600, 'auto', { machine: OTHER }))[0]).toMatch(
      /^unknown tic: not listened to: teleinfo \(77\) reads the port → Stop it/,
    );
  });
  test('an adapter that is not there, and none configured', async () => {
    expect((await heard(undefined, 9600, 'auto', { serial: simulatedSerial() }))[0]).toMatch(
      /^failed tic: the port fails: .* does not exist → See the serial port/,
    );
    expect(await linesOf(tic, scene())).toEqual(['not-applicable Meters: none configured']);
  });
  test('shows nothing that identifies the meter', async () => {
    const capture = readFileSync('test/fixtures/linky/historic-1p-tempo.tic', 'latin1');
    const address = /ADCO (\d{12})/.exec(capture)?.[1] ?? 'none';
    expect(address).toMatch(/^\d{12}$/);
    expect((await heard('historic-1p-tempo', 1200)).join()).not.toContain(address);
  });
});
