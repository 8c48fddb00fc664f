/** F10 and F11: noise on the meter's line, and an adapter that comes back as another tty. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kernelSerial } from '../../src/ports/serial.ts';
import { WIRING } from '../../src/ports/sim/demo.ts';
import { fault } from './fault.ts';
import { type Program, program } from './house.ts';

const MB = 1_000_000;
type Noise = (second: number) => readonly Uint8Array[];

function random(length: number, seed: number): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state >> 16;
  });
}
/** As much as an adapter hands over at once. */
const flood = random(MB / 250, 9);
const NOISES: Record<string, Noise> = {
  'random bytes': (s) => [random(960, s + 1)],
  'starts of frames without an end': () => [Uint8Array.from({ length: 960 }, (_, i) => (i % 7 === 0 ? 2 : 10))],
  'a flood of 1 MB/s': () => Array.from({ length: 250 }, () => flood),
};

/** Noise every second for a minute; CPU is what the whole process took for a second of house time. */
async function disturbed(p: Program, noise: Noise): Promise<{ cpu: number; heapMb: number }> {
  const wire = p.serial.wire(WIRING.tic);
  const [cpu, heap] = [process.cpuUsage(), process.memoryUsage()];
  for (let s = 0; s < 60; s += 1) {
    const pieces = noise(s);
    for (const bytes of pieces) {
      wire.send(bytes, 9600);
      await p.clock.advance(1000 / pieces.length);
    }
  }
  const spent = process.cpuUsage(cpu);
  const grown = process.memoryUsage();
  return { cpu: (spent.user + spent.system) / 60e6, heapMb: (grown.heapUsed + grown.external - heap.heapUsed - heap.external) / 1e6 };
}

fault(
  'F10',
  'serial garbage, half frames, wrong baud, 1 MB/s for a minute each',
  'no crash, bounded memory, CPU < 20 %, recovers on the next good frame',
  async () => {
    const p = await program();
    await p.run(20);
    const send = p.serial.wire(WIRING.tic).send.bind(p.serial.wire(WIRING.tic));
    const wire = p.serial.wire(WIRING.tic);
    const drawn = (): number => Number(p.state('linky').energy_drawn);
    const seen: string[] = [];
    const recovered = async (what: string, more = ''): Promise<void> => {
      const before = p.heardMs('linky');
      // A house draws more at each reading: a new index has been read.
      const after = await p.until(
        `${what}: the next good frame`,
        60,
        () => p.heardMs('linky') > before && p.available('linky') === 'online',
      );
      seen.push(`${what}: again after ${after} s${more}`);
    };
    for (const [what, noise] of Object.entries(NOISES)) {
      // The meter's own frames go under in it.
      wire.send = (bytes, as) => (bytes.length === flood.length || bytes.length === 960 ? send(bytes, as) : undefined);
      const { cpu, heapMb } = await disturbed(p, noise);
      expect(cpu).toBeLessThan(0.2);
      expect(heapMb).toBeLessThan(50);
      wire.send = send;
      await recovered(what, `, CPU ${(cpu * 100).toFixed(1)} %, memory ${heapMb.toFixed(0)} MB more`);
    }
    wire.send = (bytes, as) => send(bytes.subarray(0, bytes.length / 2), as);
    await p.run(60);
    wire.send = send;
    await recovered('half frames');
    wire.send = (bytes) => send(bytes, 1200);
    await p.run(60);
    wire.send = send;
    await recovered('wrong baud');
    const { offPeakWh, peakWh } = p.house.meter();
    await p.until('the index', 30, () => drawn() === p.house.meter().offPeakWh + p.house.meter().peakWh);
    expect(drawn()).toBeGreaterThanOrEqual(offPeakWh + peakWh);
    return `${seen.join('; ')}; ${await p.stop()}`;
  },
);

fault('F11', 'USB adapter gone for 1, 3, 5 s and back as another tty', 'reopened by id ≤ 10 s', async () => {
  const p = await program();
  await p.run(20);
  const wire = p.serial.wire(WIRING.tic);
  const seen: string[] = [];
  for (const gone of [1, 3, 5]) {
    wire.unplug();
    await p.run(gone);
    expect(p.available('linky')).toBe('offline');
    wire.plug();
    const before = p.heardMs('linky');
    const after = await p.until('a frame', 10, () => p.heardMs('linky') > before);
    seen.push(`${gone} s: ${after} s`);
    await p.run(120);
  }
  return `frames again after ${seen.join(', ')}; ${await real()}; ${await p.stop()}`;
});

/** The same on the kernel's own terminals: the name of /dev/serial/by-id leads to another one than before. */
async function real(): Promise<string> {
  const at = mkdtempSync(join(tmpdir(), 'boxenergie-tty-'));
  const byId = join(at, 'by-id');
  const pair = async (name: string) => {
    const child = spawn('socat', [`PTY,link=${at}/${name},raw,echo=0`, `PTY,link=${at}/far-${name},raw,echo=0`], { stdio: 'ignore' });
    for (let i = 0; i < 200 && !(existsSync(`${at}/${name}`) && existsSync(`${at}/far-${name}`)); i += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return child;
  };
  const link = (name: string): void => {
    symlinkSync(readlinkSync(`${at}/${name}`), `${byId}.new`);
    renameSync(`${byId}.new`, byId);
  };
  const open = () => kernelSerial().open(byId, { baudRate: 9600, dataBits: 7, parity: 'even', stopBits: 1 }, new AbortController().signal);
  const hears = async (name: string): Promise<string> => {
    await using line = await open();
    const chunks = line.chunks()[Symbol.asyncIterator]();
    writeFileSync(`${at}/far-${name}`, name);
    return Buffer.from((await chunks.next()).value ?? []).toString();
  };
  try {
    execFileSync('socat', ['-V'], { stdio: 'ignore' });
  } catch {
    return 'real terminals not tried: no socat';
  }
  const children = [await pair('first')];
  try {
    link('first');
    expect(await hears('first')).toBe('first');
    children[0]?.kill();
    children.push(await pair('second'));
    link('second');
    const begun = performance.now();
    expect(await hears('second')).toBe('second');
    return `on real terminals the same name opened another one in ${Math.round(performance.now() - begun)} ms`;
  } finally {
    for (const child of children) child.kill();
    rmSync(at, { recursive: true, force: true });
  }
}
