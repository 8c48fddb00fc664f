import { expect, test } from 'vitest';
import { ConfigError } from '../src/model.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { supervise } from '../src/supervise.ts';

type Life = (signal: AbortSignal) => AsyncIterable<number>;

/** Runs the given lives one after the other (the last one again and again) and records what happened when. */
function watch(
  lives: readonly Life[],
  silenceMs = 60_000,
): { clock: ReturnType<typeof virtualClock>; seen: string[]; stop: () => Promise<void> } {
  const clock = virtualClock();
  const controller = new AbortController();
  const seen: string[] = [];
  const note = (text: string): void => void seen.push(`${clock.monotonicMs() / 1000} ${text}`);
  let opened = 0;
  const running = supervise<number>(
    {
      open: (signal) => (lives[Math.min(opened++, lives.length - 1)] as Life)(signal),
      onOpen: () => note('open'),
      onItem: (item) => note(`item ${item}`),
      onFailure: (error, permanent) => note(`${permanent ? 'ended' : 'failed'}: ${error.message}`),
      onRecovery: () => note('recovered'),
    },
    { clock, signal: controller.signal, silenceMs },
  );
  return {
    clock,
    seen,
    async stop() {
      controller.abort(new Error('stop'));
      await running;
    },
  };
}
async function* failing(): AsyncIterable<number> {
  throw new Error('no cable');
}
const forever: Life = async function* (signal) {
  yield 1;
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
};

test('reopens with pauses of 1, 5, 15, 60, 60 s and reports a failure once', async () => {
  const { clock, seen, stop } = watch([failing]);
  await clock.advance(145_000);
  expect(seen.filter((line) => line.endsWith('open')).map((line) => line.split(' ')[0])).toEqual(['0', '1', '6', '21', '81', '141']);
  expect(seen.filter((line) => line.includes('failed'))).toEqual(['0 failed: no cable']);
  await stop();
});

test('recovery is reported once, and the pauses start again from one second', async () => {
  const once: Life = async function* () {
    yield 7;
    throw new Error('unplugged');
  };
  const { clock, seen, stop } = watch([failing, failing, once, forever]);
  await clock.advance(10_000);
  expect(seen).toEqual([
    '0 open',
    '0 failed: no cable',
    '1 open',
    '6 open',
    '6 recovered',
    '6 item 7',
    '6 failed: unplugged',
    '7 open',
    '7 recovered',
    '7 item 1',
  ]);
  await stop();
});

test('a wrong configuration ends this source for good', async () => {
  const { clock, seen, stop } = watch([
    async function* () {
      throw new ConfigError('address', 'no such chip', 'use 0x40 to 0x4F');
    },
  ]);
  await clock.advance(600_000);
  expect(seen).toEqual(['0 open', '0 ended: no such chip']);
  await stop();
});

test('a source that hangs, even one that ignores its signal, is left and reopened', async () => {
  const deaf: Life = async function* () {
    await new Promise(() => undefined);
    yield 0;
  };
  const { clock, seen, stop } = watch([deaf, forever], 30_000);
  await clock.advance(31_000);
  expect(seen).toEqual(['0 open', '30 failed: nothing heard for 30 s', '31 open', '31 recovered', '31 item 1']);
  await stop();
});

test('an iterable that simply ends is reopened', async () => {
  const brief: Life = async function* () {
    yield 1;
  };
  const { clock, seen, stop } = watch([brief, forever]);
  await clock.advance(1_000);
  expect(seen).toContain('0 failed: the source ended');
  expect(seen).toContain('1 open');
  await stop();
});

test('abort ends at once and lets the driver close its port', async () => {
  let closed = false;
  const { clock, stop } = watch([
    async function* (signal) {
      try {
        yield 1;
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
      } finally {
        closed = true;
      }
    },
  ]);
  await clock.advance(0);
  await stop();
  await clock.advance(0);
  expect(closed).toBe(true);
});
