/** A meter on a pty whose indexes the test turns: its wire goes through the program's real serial port code. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { meterFrame } from '../../src/ports/sim/meter.ts';
import { eventually } from './waiting.ts';

export interface Meter extends AsyncDisposable {
  /** The serial port of the program. */
  readonly port: string;
  /** What the dials show, Wh. */
  readonly dials: { offPeakWh: number; peakWh: number };
}

/** Sends a frame each second. */
export async function startMeter(offPeakWh: number, peakWh: number): Promise<Meter> {
  const directory = mkdtempSync(join(tmpdir(), 'boxenergie-meter-'));
  const [wire, port] = [join(directory, 'wire'), join(directory, 'port')];
  const socat = spawn('socat', [`PTY,link=${wire},raw,echo=0`, `PTY,link=${port},raw,echo=0`], { stdio: 'ignore' });
  await eventually('the pty is there', () => existsSync(wire) && existsSync(port));
  const file = openSync(wire, 'w');
  const dials = { offPeakWh, peakWh };
  const frame = (): void => {
    const rest = { volts: 235, amps: 4, va: 900, maxTodayVa: 2_000, offPeakNow: false };
    writeSync(file, meterFrame({ ...rest, ...dials }, Date.now()));
  };
  const timer = setInterval(frame, 1_000);
  return {
    port,
    dials,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      closeSync(file);
      socat.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
