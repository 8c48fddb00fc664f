/** Modbus RTU through the real serial port code: a pty pair with a recorded charge controller at the far end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { epever } from '../../src/drivers/epever.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { kernelModbus } from '../../src/ports/modbus.ts';
import type { ModbusSettings } from '../../src/ports/modbus-types.ts';
import { kernelSerial } from '../../src/ports/serial.ts';
import type { Ports, SerialLine } from '../../src/ports/types.ts';
import { answerOf, recordedRegisters } from '../drivers/epever-unit.ts';

// Recorded on a Tracer 2215BN: kasbert/epsolar-tracer test/testdata.py (Apache-2.0) and its protocol notes.
const RECORDED: Readonly<Record<string, string>> = {
  '0104331a00039e88': '01040604fcfffdffff9157',
  '010432000003beb3': '010406000000010001f093',
  '010433020012de83': '01042404fc04fa00000000004200000042000000420000000000000067000000670000006700009d8b',
  '010390000001a90a': '',
  '0103300000018b0a': '018302c0f1',
};

let directory: string;
let socat: ChildProcess;
let unit: SerialLine;
let answers: (question: string) => Buffer;
const ports = kernelModbus(kernelSerial());
const signal = new AbortController().signal;

async function plug(): Promise<void> {
  socat = spawn('socat', [`PTY,link=${directory}/unit,raw,echo=0`, `PTY,link=${directory}/program,raw,echo=0`], { stdio: 'ignore' });
  while (!existsSync(`${directory}/program`) || !existsSync(`${directory}/unit`)) await new Promise((resolve) => setTimeout(resolve, 20));
  unit = await kernelSerial().open(`${directory}/unit`, { baudRate: 115_200, dataBits: 8, parity: 'none', stopBits: 1 }, signal);
  void answerAll(unit).catch(() => undefined);
}

/** Long answers come in two bursts with a pause between them, as this controller sends them. */
async function answerAll(line: SerialLine): Promise<void> {
  let heard = '';
  for await (const bytes of line.chunks()) {
    heard += Buffer.from(bytes).toString('hex');
    if (heard.length < 16) continue;
    const answer = answers(heard.slice(0, 16));
    heard = heard.slice(16);
    await line.write(answer.subarray(0, 20));
    if (answer.length > 20) await new Promise((resolve) => setTimeout(resolve, 100));
    await line.write(answer.subarray(20));
  }
}

beforeEach(async () => {
  answers = (question) => Buffer.from(RECORDED[question] ?? '', 'hex');
  directory = mkdtempSync(join(tmpdir(), 'boxenergie-modbus-'));
  await plug();
});
afterEach(async () => {
  await unit[Symbol.asyncDispose]();
  socat.kill();
  rmSync(directory, { recursive: true, force: true });
});
const settings = (): ModbusSettings => ({
  transport: 'rtu',
  path: `${directory}/program`,
  baudRate: 115_200,
  parity: 'none',
  stopBits: 1,
});
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );

test('recorded answers, a refusal and silence, for two users of one line', async () => {
  await using a = await ports.open(settings(), signal);
  await using b = await ports.open(settings(), signal);
  const [battery, statistics, status, refused] = await Promise.all([
    a.readInput({ unit: 1 }, 0x331a, 3),
    a.readInput({ unit: 1 }, 0x3302, 18),
    b.readInput({ unit: 1 }, 0x3200, 3),
    failure(b.readHolding({ unit: 1 }, 0x3000, 1)),
  ]);
  expect(battery).toEqual([0x04fc, 0xfffd, 0xffff]);
  expect([statistics.length, statistics[12]]).toEqual([18, 0x67]);
  expect(status).toEqual([0, 1, 1]);
  expect(refused).toMatchObject({ fault: 'exception', code: 2 });
  expect(await failure(a.readHolding({ unit: 1, timeoutMs: 150 }, 0x9000, 1))).toMatchObject({ fault: 'timeout' });
  expect(await a.readInput({ unit: 1 }, 0x331a, 3)).toHaveLength(3);
});

test('an adapter pulled out ends the handle; put in again it is opened anew', async () => {
  const bus = await ports.open(settings(), signal);
  expect(await bus.readInput({ unit: 1 }, 0x331a, 3)).toHaveLength(3);
  const waiting = failure(bus.readHolding({ unit: 1, timeoutMs: 20_000 }, 0x9000, 1));
  await new Promise((resolve) => setTimeout(resolve, 200));
  socat.kill();
  expect(await waiting).toMatchObject({ fault: 'gone' });
  expect(await failure(ports.open(settings(), signal))).toMatchObject({ message: expect.stringMatching(/does not exist/) });
  await bus[Symbol.asyncDispose]();
  await unit[Symbol.asyncDispose]();
  await plug();
  await using again = await ports.open(settings(), signal);
  expect(await again.readInput({ unit: 1 }, 0x331a, 3)).toEqual([0x04fc, 0xfffd, 0xffff]);
});

test('the driver reads the recorded controller, and lets go of the line', async () => {
  const words = recordedRegisters('tracer2215bn-monitor');
  answers = (question) => answerOf(Buffer.from(question, 'hex'), words);
  const options = {
    transport: 'rtu' as const,
    port: `${directory}/program`,
    baud_rate: 115_200,
    parity: 'none' as const,
    stop_bits: 1 as const,
    tcp_port: 502,
    unit: 1,
    timeout_ms: 1_000,
    period_s: 10,
  };
  const stop = new AbortController();
  for await (const values of epever.read({
    options,
    ports: { modbus: ports } as unknown as Ports,
    clock: systemClock(),
    signal: stop.signal,
  })) {
    expect(values).toMatchObject({ battery_voltage: 12.76, battery_current: -0.03, energy_generated: 1030, set_boost: 14.4 });
    break;
  }
  await (await kernelSerial().open(options.port, { baudRate: 9_600, dataBits: 8, parity: 'none', stopBits: 1 }, signal))[
    Symbol.asyncDispose
  ]();
});
