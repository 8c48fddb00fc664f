/** Lets the simulated house live under a rig's control for some days, much faster than time passes. */
import { createHouse } from '../ports/sim/house.ts';
import type { HandClock } from './hand-clock.ts';
import { relaysOf, saidBy, wishesAt } from './household.ts';
import { createTally } from './tally.ts';
import type { Outcome, Rig } from './types.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** People and blueprints say again what they want this often. */
const WISHES_MS = 600_000;

export interface Simulation {
  readonly days: number;
  readonly seed: number;
  readonly stepMs: number;
}

/** Every second for some days; for longer spans the house moves in larger steps, and control is asked as often. */
export function stepOf(days: number): number {
  if (days <= 2) return 1_000;
  return days <= 60 ? 2_000 : 10_000;
}

/** The clock stands at the beginning. `onDay` is told each day that is done. */
export async function simulate(
  rig: Rig,
  clock: HandClock,
  { days, seed, stepMs }: Simulation,
  onDay: (day: number) => void,
): Promise<Outcome> {
  const house = createHouse(seed);
  const startWallMs = clock.wallMs();
  const tally = createTally(rig, 0);
  let [samples, commands] = [0, 0];
  for (let atMs = 0; atMs <= days * DAY_MS; atMs += stepMs) {
    const wallMs = startWallMs + atMs;
    clock.set(atMs, wallMs);
    const local = new Date(wallMs + HOUR_MS);
    const hour = local.getUTCHours() + local.getUTCMinutes() / 60 + local.getUTCSeconds() / 3600;
    house.setRelays(relaysOf(rig.states()));
    house.step(stepMs / 1000, hour);
    for (const [deviceId, values] of saidBy(house)) {
      rig.remember({ deviceId, atMs: wallMs, monotonicMs: atMs, values });
      samples += 1;
    }
    if (atMs % WISHES_MS === 0) {
      for (const wish of wishesAt(hour, local.getUTCMonth())) {
        rig.command(wish);
        commands += 1;
      }
    }
    rig.tick();
    tally.look(atMs);
    if (atMs % DAY_MS !== 0) continue;
    onDay(atMs / DAY_MS);
    // A signal can end it.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { startWallMs, samples, commands, lost: 0, ...tally.outcome() };
}
