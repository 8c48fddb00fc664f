/** Drives a rig through a recording: each event at its time, and the control tick every second between them. */
import type { HandClock } from './hand-clock.ts';
import type { Recording } from './reading.ts';
import { type RecordedEvent, RecordingError } from './recording.ts';
import { createTally } from './tally.ts';
import type { Outcome, Rig } from './types.ts';

/** As in the program. */
const TICK_MS = 1_000;
/** A longer silence is a damaged line: nothing records for a month without a word. */
const LONGEST_SILENCE_MS = 31 * 86_400_000;

/** Throws RecordingError when the recording makes no sense. */
export async function drive(rig: Rig, clock: HandClock, recording: Recording): Promise<Outcome> {
  const { monotonicMs: startMs, wallMs: startWallMs } = recording.header;
  const tally = createTally(rig, startMs);
  const step = (): void => {
    rig.tick();
    tally.look(clock.monotonicMs());
  };
  let [nextMs, offsetMs] = [startMs, startWallMs - startMs];
  const tickUntil = (ms: number): void => {
    for (; nextMs <= ms; nextMs += TICK_MS) {
      clock.set(nextMs, nextMs + offsetMs);
      step();
    }
  };
  let [samples, commands, dropped] = [0, 0, 0];
  for await (const event of recording.events()) {
    if (event.m - clock.monotonicMs() > LONGEST_SILENCE_MS) throw new RecordingError('the recording jumps in time');
    tickUntil(event.m);
    offsetMs = event.w - event.m;
    clock.set(event.m, event.w);
    samples += Number(event.d !== undefined);
    commands += Number(event.c !== undefined);
    dropped += event.dropped ?? 0;
    await apply(rig, event, clock);
    // As in the program: a sample is judged at once, a wish moves its own relay alone.
    if (event.d !== undefined) step();
    else tally.look(clock.monotonicMs());
  }
  return { startWallMs, samples, commands, lost: dropped + recording.damaged, ...tally.outcome() };
}

async function apply(rig: Rig, { d, v, c, o, w }: RecordedEvent, clock: HandClock): Promise<void> {
  if (d !== undefined && v !== undefined) rig.remember({ deviceId: d, atMs: w, monotonicMs: clock.monotonicMs(), values: v });
  if (o !== undefined) rig.opened(o);
  if (c === undefined) return;
  rig.command(c);
  // An acknowledgement takes the latch off the disk first: here that is one turn.
  await new Promise((resolve) => setImmediate(resolve));
}
