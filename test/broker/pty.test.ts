/** Recorded meters through the real serial port code: a pty pair, at the speed of the line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linky } from '../../src/drivers/linky.ts';
import type { Value } from '../../src/model.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { kernelSerial } from '../../src/ports/serial.ts';
import type { Ports } from '../../src/ports/types.ts';

let directory: string;
let socat: ChildProcess;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'boxenergie-pty-'));
  socat = spawn('socat', [`PTY,link=${directory}/meter,raw,echo=0`, `PTY,link=${directory}/program,raw,echo=0`], { stdio: 'ignore' });
  while (!existsSync(`${directory}/program`) || !existsSync(`${directory}/meter`)) await new Promise((resolve) => setTimeout(resolve, 20));
});
afterEach(() => {
  socat.kill();
  rmSync(directory, { recursive: true, force: true });
});

/** Sends the bytes as a line of this speed does: ten bits a byte, in pieces of 20 ms. */
async function send(bytes: Uint8Array, baud: number): Promise<void> {
  const meter = openSync(`${directory}/meter`, 'w');
  const piece = Math.max(1, Math.round((baud / 10) * 0.02));
  const begun = performance.now();
  for (let at = 0; at < bytes.length; at += piece) {
    writeSync(meter, bytes.subarray(at, at + piece));
    const due = begun + ((at + piece) / (baud / 10)) * 1000;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  closeSync(meter);
}

async function reads(mode: 'historic' | 'standard', capture: string): Promise<Record<string, Value>[]> {
  const controller = new AbortController();
  const seen: Record<string, Value>[] = [];
  const ports = { serial: kernelSerial() } as unknown as Ports;
  const running = (async () => {
    for await (const values of linky.read({
      options: { port: `${directory}/program`, mode },
      ports,
      clock: systemClock(),
      signal: controller.signal,
    }))
      seen.push(values as Record<string, Value>);
  })();
  running.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await send(readFileSync(`test/fixtures/linky/${capture}.tic`), mode === 'standard' ? 9600 : 1200);
  await new Promise((resolve) => setTimeout(resolve, 200));
  controller.abort(new Error('stop'));
  await running;
  return seen;
}

describe('recorded captures at true speed', () => {
  test.each([
    ['historic', 'historic-1p-hchp', 2, { energy_drawn: 2_873_184, apparent_power: 190, tic_error_rate: 0 }],
    ['historic', 'historic-3p-base', 5, { energy_drawn: 16_878_541, current_l3: 0, tic_error_rate: 0 }],
    ['standard', 'standard-1p-consumer', 9, { energy_drawn: 11_887_650, apparent_power: 245, tic_error_rate: 0 }],
    ['standard', 'standard-1p-producer', 1, { energy_injected: 32_781, exporting: true }],
    ['standard', 'standard-3p-producer-tempo', 2, { energy_drawn: 11_604_109, voltage_l2: 240 }],
  ] as const)('%s %s', async (mode, capture, frames, last) => {
    const seen = await reads(mode, capture);
    expect(seen).toHaveLength(frames);
    expect(seen.at(-1)).toMatchObject(last);
  });

  test('the noisy one gives nothing wrong, and says what is the matter', async () => {
    const error = await reads('historic', 'historic-3p-noisy').catch((e: unknown) => e);
    expect(String(error)).toMatch(/1200 baud: \d+ good and \d+ bad groups, no whole frame/);
  });

  test('a port that goes away is an error that says so, and the line is free again', async () => {
    const line = await kernelSerial().open(
      `${directory}/program`,
      { baudRate: 9600, dataBits: 7, parity: 'even', stopBits: 1 },
      new AbortController().signal,
    );
    await expect(
      kernelSerial().open(
        `${directory}/program`,
        { baudRate: 9600, dataBits: 7, parity: 'even', stopBits: 1 },
        new AbortController().signal,
      ),
    ).rejects.toThrow(/used by another program/);
    const end = (async () => {
      for await (const _ of line.chunks()) void _;
    })();
    socat.kill();
    await expect(end).rejects.toThrow();
    await line[Symbol.asyncDispose]();
    await expect(
      kernelSerial().open(
        `${directory}/absent`,
        { baudRate: 9600, dataBits: 7, parity: 'even', stopBits: 1 },
        new AbortController().signal,
      ),
    ).rejects.toThrow(/does not exist/);
  });
});
