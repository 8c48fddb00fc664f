/** A Linky on a wire in memory, read by the driver under a clock that tests move. */
import { readFileSync } from 'node:fs';
import { linky } from '../../src/drivers/linky.ts';
import type { Value } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import type { Clock, Ports } from '../../src/ports/types.ts';

const PORT = '/dev/serial/by-id/tic';

export function meter(mode: 'auto' | 'historic' | 'standard' = 'auto') {
  const clock = virtualClock(Date.UTC(2023, 2, 1, 8, 18, 30));
  const timers = watched(clock);
  const serial = simulatedSerial();
  const wire = serial.wire(PORT);
  const controller = new AbortController();
  const seen: { readonly atMs: number; readonly values: Record<string, Value> }[] = [];
  const running = (async () => {
    const ports = { serial } as unknown as Ports;
    for await (const values of linky.read({ options: { port: PORT, mode }, ports, clock: timers.clock, signal: controller.signal })) {
      seen.push({ atMs: clock.monotonicMs(), values: values as Record<string, Value> });
    }
  })();
  let endedMs: number | undefined;
  const failure = running.then(
    () => undefined,
    (error: unknown) => error,
  );
  void failure.then(() => (endedMs = clock.monotonicMs()));
  /** Sends bytes at the pace of the line, and lets that time pass. */
  const send = async (bytes: Uint8Array, baud: number): Promise<void> => {
    wire.send(bytes, baud);
    await clock.advance((bytes.length * 10_000) / baud);
  };
  /** Plays a capture in a loop for a while, as a meter at `baud` would. */
  const play = async (name: string, baud: number, seconds: number): Promise<void> => {
    const bytes = readFileSync(`test/fixtures/linky/${name}.tic`);
    const perSecond = baud / 10;
    for (let second = 0, at = 0; second < seconds; second += 1) {
      for (let rest = perSecond; rest > 0; ) {
        const part = bytes.subarray(at, Math.min(bytes.length, at + rest));
        wire.send(part, baud);
        rest -= part.length;
        at = (at + part.length) % bytes.length;
      }
      await clock.advance(1000);
    }
  };
  return {
    clock,
    wire,
    controller,
    running,
    failure,
    seen,
    send,
    play,
    pendingTimers: timers.pending,
    endedMs: () => endedMs,
    last: () => seen.at(-1)?.values ?? {},
  };
}

/** The same clock, counting the timers that neither fired nor were cancelled. */
function watched(clock: Clock): { readonly clock: Clock; pending(): number } {
  let pending = 0;
  const after: Clock['after'] = (ms, task) => {
    let waiting = true;
    pending += 1;
    const done = (): void => {
      if (waiting) pending -= 1;
      waiting = false;
    };
    const cancel = clock.after(ms, () => {
      done();
      task();
    });
    return () => {
      done();
      cancel();
    };
  };
  return { clock: { ...clock, after }, pending: () => pending };
}
