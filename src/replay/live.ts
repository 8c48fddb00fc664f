/** Lets a scenario's house live: under a rig's control with everything checked, or with nobody in control. */
import type { Bands } from './bands.ts';
import type { HandClock } from './hand-clock.ts';
import type { Checker } from './invariants.ts';
import { createTally } from './tally.ts';
import type { Outcome, Rig } from './types.ts';
import type { World } from './world.ts';

const DAY_MS = 86_400_000;
/** People's automations say again what they want this often: within the lease. */
const RENEW_MS = 600_000;

export interface Life {
  readonly days: number;
  readonly world: World;
  /** Absent: nothing is kept for a plot. */
  readonly bands?: Bands;
  /** Told each day that is done. */
  onDay?(day: number): void;
}

/** The clock stands at the beginning. */
export async function liveUnder(rig: Rig, clock: HandClock, checker: Checker, { days, world, bands, onDay }: Life): Promise<Outcome> {
  const startWallMs = clock.wallMs();
  const tally = createTally(rig, 0);
  const asked = new Map<string, { readonly on: boolean; readonly atMs: number }>();
  let [samples, commands, tick, day] = [0, 0, 0, 0];
  const follow = (): void => {
    const closed = new Set(rig.states().flatMap(({ id, on }) => (on === true ? [id] : [])));
    world.setRelays((id) => closed.has(id));
  };
  for (let atMs = 0; atMs <= days * DAY_MS; ) {
    const wallMs = startWallMs + atMs;
    clock.set(atMs, wallMs);
    world.settle(wallMs);
    for (const [deviceId, values] of world.said()) {
      rig.remember({ deviceId, atMs: wallMs, monotonicMs: atMs, values });
      samples += 1;
    }
    for (const [id, on] of Object.entries(world.wishes())) {
      const before = asked.get(id);
      if (before?.on === on && atMs - before.atMs < RENEW_MS) continue;
      asked.set(id, { on, atMs });
      const command = { deviceId: id, key: id, on };
      checker.command(command, atMs);
      rig.command(command);
      commands += 1;
    }
    rig.tick();
    follow();
    tick += 1;
    checker.look({ tick, nowMs: atMs, wallMs, states: rig.states(), outlook: rig.outlook, truth: world.truth(), totals: rig.grown() });
    tally.look(atMs);
    const paceMs = world.paceMs();
    bands?.add(atMs, paceMs, { ...world.gauges(), ...closedOf(rig) });
    world.pass(paceMs / 1_000);
    atMs += paceMs;
    if (Math.floor(atMs / DAY_MS) === day) continue;
    day = Math.floor(atMs / DAY_MS);
    onDay?.(day);
    // A signal can end it.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { startWallMs, samples, commands, lost: 0, ...tally.outcome() };
}

function closedOf(rig: Rig): Record<string, number> {
  return Object.fromEntries(rig.states().map(({ id, on }) => [id, Number(on === true)]));
}

/** Every wish is a closed relay: what the house would be without the program. `look` sees each moment. */
export function liveAlone(world: World, startWallMs: number, days: number, look: () => void = () => undefined): void {
  for (let atMs = 0; atMs <= days * DAY_MS; ) {
    world.settle(startWallMs + atMs);
    const wishes = world.wishes();
    world.setRelays((id) => wishes[id] === true);
    look();
    const paceMs = world.paceMs();
    world.pass(paceMs / 1_000);
    atMs += paceMs;
  }
}
