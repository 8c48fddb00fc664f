/** Feeds one driver harmed messages for as many bytes as wanted, opening it anew whenever it gives up, and judges all it says. */
import { BOOLEAN_QUANTITIES, ConfigError, type Description, TEXT_QUANTITIES, type Value } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import type { Ports } from '../../src/ports/types.ts';
import { mutator, randomOf } from './mutate.ts';
import type { Rig, World } from './rig.ts';

export interface Outcome {
  readonly name: string;
  readonly guard: string;
  readonly bytes: number;
  readonly messages: number;
  /** Readings given while the messages were harmed. */
  readonly readings: number;
  /** Times that the driver gave up and was opened anew. */
  readonly refusals: number;
  /** Readings with a value that no sound message holds. */
  readonly wrong: number;
  /** The same after a whole sound message that belonged to another question: its checksum is right. */
  readonly mistaken: number;
  readonly wrongExamples: readonly string[];
  /** Values that are no number, of another kind, or not declared. */
  readonly invalid: readonly string[];
  /** Longest wait for a sound reading once the messages were sound again, on the virtual clock (s). */
  readonly recoveryS: number;
  /** What the program kept more after the second half than after the first (MB). */
  readonly grownMb: number;
  /** Processor time, of feeding and checking too. */
  readonly seconds: number;
}
interface Session {
  readonly seen: Record<string, Value>[];
  refusals: number;
  /** Ends this life of the driver: what it remembers is forgotten. */
  reopen(): void;
  stop(): Promise<void>;
}

const STEP_MS = 1_000;
const SOUND_STEPS = 2_000;
const MOST_RECOVERY_STEPS = 300;
const ROUNDS = 20;
/** Every fourth round harms one message in this many only, so that drivers get deep enough to be hurt there. */
const SPARSE = 5;
const SPARSE_ROUND = 4;
const BABBLE_BYTES = 600;

/** Throws when the driver does not find its way back. */
export async function campaign(rig: Rig, bytes: number, seed: number, soundSteps = SOUND_STEPS): Promise<Outcome> {
  const clock = virtualClock(Date.UTC(2023, 2, 1, 8, 18, 30), 1);
  const random = randomOf(seed);
  const harm = mutator(random);
  const state = { harmOneIn: 0, bytes: 0, messages: 0, foreign: false };
  const world: World = {
    clock,
    random,
    say(sound) {
      if (state.harmOneIn === 0 || random.below(state.harmOneIn) > 0) return sound;
      const { bytes: said, foreign } = harm(sound);
      state.bytes += said.length;
      state.messages += 1;
      state.foreign ||= foreign;
      return said;
    },
    babble: (length) => (state.harmOneIn === 1 ? 1 + random.below(Math.max(1, Math.ceil(BABBLE_BYTES / length))) : 1),
  };
  const judge = createJudge(rig);
  const session = open(rig, world);
  for (let step = 0; step < soundSteps; step += 1) {
    await unhurried(clock);
    session.seen.splice(0).forEach(judge.learn);
  }
  const started = process.cpuUsage();
  const before = session.refusals;
  let [recoveryS, halfway, refusalsBefore] = [0, 0, 0];
  for (let round = 1; round <= ROUNDS; round += 1) {
    state.harmOneIn = round % SPARSE_ROUND === 0 ? SPARSE : 1;
    while (state.bytes < (bytes * round) / ROUNDS) {
      await clock.advance(STEP_MS);
      const readings = session.seen.splice(0);
      for (const values of readings) judge.look(values, state.foreign);
      const reopened = session.refusals > refusalsBefore;
      if (reopened || (readings.length > 0 && rig.remembers !== true)) state.foreign = false;
      refusalsBefore = session.refusals;
    }
    state.harmOneIn = 0;
    recoveryS = Math.max(recoveryS, await recovery(rig, session, clock, judge.isSound));
    if (round === ROUNDS / 2) halfway = await heapMb();
  }
  const { user, system } = process.cpuUsage(started);
  const seconds = (user + system) / 1e6;
  const grownMb = (await heapMb()) - halfway;
  const refusals = session.refusals - before;
  await session.stop();
  return {
    name: rig.name,
    guard: rig.guard,
    ...judge.found,
    bytes: state.bytes,
    messages: state.messages,
    refusals,
    recoveryS,
    grownMb,
    seconds,
  };
}

/** The Modbus library takes turns of its own, in real time. */
async function unhurried(clock: { advance(ms: number): Promise<void> }): Promise<void> {
  await clock.advance(STEP_MS);
  await new Promise((resolve) => setTimeout(resolve, 1));
}

async function recovery(
  rig: Rig,
  session: Session,
  clock: { advance(ms: number): Promise<void> },
  isSound: (values: Record<string, Value>) => boolean,
): Promise<number> {
  if (rig.remembers === true) session.reopen();
  for (let step = 1; step <= MOST_RECOVERY_STEPS; step += 1) {
    await unhurried(clock);
    if (session.seen.splice(0).some(isSound)) return (step * STEP_MS) / 1000;
  }
  throw new Error(`${rig.name}: no sound reading within ${MOST_RECOVERY_STEPS} s of sound messages`);
}

/** Runs the driver; whenever it ends, it is opened again a second later. */
function open(rig: Rig, world: World): Session {
  const controller = new AbortController();
  const session = { seen: [] as Record<string, Value>[], refusals: 0 };
  let life = new AbortController();
  const ports = rig.build(world) as Ports;
  const run = async (): Promise<void> => {
    while (!controller.signal.aborted) {
      life = new AbortController();
      try {
        const { driver, options } = rig;
        const signal = AbortSignal.any([controller.signal, life.signal]);
        for await (const values of driver.read({ options, ports, clock: world.clock, signal }))
          session.seen.push(values as Record<string, Value>);
      } catch (error) {
        if (controller.signal.aborted) return;
        if (error instanceof ConfigError) throw error;
      }
      session.refusals += 1;
      await world.clock.sleep(1_000);
    }
  };
  const running = run();
  return Object.assign(session, {
    reopen: () => life.abort(new Error('reopened')),
    async stop() {
      controller.abort(new Error('stop'));
      await world.clock.advance(5_000);
      await running;
    },
  });
}

function createJudge(rig: Rig) {
  const { entities } = rig.driver.describe(rig.options) as Description;
  // Counters of what was refused grow, as they must.
  const loose = new Set(['sensor_failed', 'refused', ...(rig.loose ?? [])]);
  const known = new Map<string, Set<Value>>();
  const found = { readings: 0, wrong: 0, mistaken: 0, wrongExamples: [] as string[], invalid: [] as string[] };
  const unknown = (values: Record<string, Value>): string[] =>
    Object.keys(values).filter((key) => {
      const value = values[key] ?? null;
      return value !== null && !loose.has(key) && known.get(key)?.has(value) !== true;
    });
  const check = (values: Record<string, Value>): void => {
    for (const [key, value] of Object.entries(values)) {
      const entity = entities[key];
      if (value === null) continue;
      const kind =
        entity && (BOOLEAN_QUANTITIES.has(entity.quantity) ? 'boolean' : TEXT_QUANTITIES.has(entity.quantity) ? 'string' : 'number');
      const good = typeof value === kind && (typeof value !== 'number' || Number.isFinite(value));
      const offered = entity?.options === undefined || Object.keys(entity.options).includes(String(value));
      if ((!good || !offered) && found.invalid.length < 5) found.invalid.push(`${key}=${String(value)}`);
    }
  };
  return {
    found,
    learn(values: Record<string, Value>) {
      check(values);
      for (const [key, value] of Object.entries(values)) known.set(key, (known.get(key) ?? new Set()).add(value));
    },
    look(values: Record<string, Value>, foreign: boolean) {
      check(values);
      found.readings += 1;
      const strange = unknown(values);
      if (strange.length === 0) return;
      if (foreign) {
        found.mistaken += 1;
        return;
      }
      found.wrong += 1;
      if (found.wrongExamples.length < 8)
        found.wrongExamples.push(
          strange
            .slice(0, 4)
            .map((key) => `${key}=${String(values[key])}`)
            .join(' '),
        );
    },
    isSound: (values: Record<string, Value>) => unknown(values).length === 0,
  };
}

/** What was collected is let go of in a turn of its own: signals of ended sessions are forgotten only then. */
async function heapMb(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed / 1e6;
}
