import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/app.ts';
import { demoBatteryYaml } from '../../src/config/demo-battery.ts';
import { toHouse } from '../../src/config/house.ts';
import { winterYaml } from '../../src/config/scenario-winter.ts';
import type { HouseConfig } from '../../src/config/types.ts';
import { validateHouse } from '../../src/config/validate.ts';
import type { AnyDriver } from '../../src/drivers/driver.ts';
import { drivers } from '../../src/drivers/index.ts';
import { readInvocation } from '../../src/main-options.ts';
import { replay } from '../../src/main-replay.ts';
import { buildRig } from '../../src/main-replay-rig.ts';
import type { Value } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedHouse } from '../../src/ports/sim/demo.ts';
import { drive } from '../../src/replay/drive.ts';
import { outcomeText } from '../../src/replay/figures.ts';
import { handClock } from '../../src/replay/hand-clock.ts';
import { plotOf } from '../../src/replay/plot.ts';
import { openRecording } from '../../src/replay/reading.ts';
import { createRecorder } from '../../src/replay/recorder.ts';
import { eventLine, headerLine } from '../../src/replay/recording.ts';
import { simulate } from '../../src/replay/simulate.ts';
import type { Outcome } from '../../src/replay/types.ts';
import { EMPTY_STATE } from '../../src/store/batch.ts';
import type { JournalEntry, StoredState } from '../../src/store/types.ts';
import { fakeBrokers, fakeStore } from '../fakes.ts';
import { folder } from '../store/furnished.ts';

/** A battery's sensors in one invented device. */
function probe(now: { values: Record<string, Value> }): AnyDriver {
  return {
    type: 'probe',
    title: { en: 'Probe', fr: 'Sonde' },
    proof: 'synthetic',
    options: { type: 'object', additionalProperties: false, properties: {} },
    describe: () => ({
      manufacturer: 'x',
      model: 'x',
      periodMs: 1_000,
      entities: {
        c: { name: { en: 'T', fr: 'T' }, quantity: 'temperature' },
        v: { name: { en: 'V', fr: 'V' }, quantity: 'voltage' },
        w: { name: { en: 'Power <&>', fr: 'Puissance' }, quantity: 'power' },
      },
    }),
    async *read({ clock, signal }) {
      for (;;) {
        await clock.sleep(1_700, signal);
        yield { ...now.values };
      }
    },
  };
}
const TEXT = (cut = 55): string => `version: 1
devices:
  - {id: probe, type: probe}
relays:
  - {id: rs_01, line: 5, chip: a}
  - {id: rs_02, line: 5, chip: b, min_on_s: 30, max_on_s: 120}
batteries:
  - {id: bat, chemistry: lfp, voltage: probe.v, temperatures: [probe.c], charge_relays: [rs_01], discharge_relays: [rs_02], cut_c: ${cut}}
`;
const houseOf = (text: string, known: AnyDriver | readonly AnyDriver[]): HouseConfig => {
  const { raw, problems } = validateHouse(text, 'h', [known].flat());
  expect(problems).toEqual([]);
  return toHouse(raw);
};

/** An eventful hour in the whole program, recorded. */
async function live(path: string, kept: { state: StoredState }): Promise<JournalEntry[]> {
  const clock = virtualClock(Date.UTC(2026, 10, 21, 11));
  await clock.advance(500_123);
  const now: { values: Record<string, Value> } = { values: { c: 25, v: 12.7, w: 100 } };
  const driver = probe(now);
  const config = TEXT();
  const text = config.replace('chip: b', 'chip: a').replace('rs_02, line: 5', 'rs_02, line: 6');
  const recorder = await createRecorder({ path, clock, version: '0.1.0', config, isPersonal: () => false, onFailure: expect.unreachable });
  const brokers = fakeBrokers();
  const store = fakeStore(kept);
  const controller = new AbortController();
  const running = run({
    loaded: { source: 'file', house: houseOf(text, driver), problems: [] },
    ...{ drivers: [driver], ports: { ...simulatedHouse(clock).ports, brokers }, clock, signal: controller.signal, version: '0.1.0' },
    ...{ log: () => undefined, random: () => 0, witness: recorder, onView: () => undefined },
    findBroker: async () => ({ url: 'mqtt://x' }),
    async openStore() {
      recorder.started(store.initial);
      return store;
    },
  });
  const topic = (): string => brokers.sent.find((m) => m.topic.endsWith('/status'))?.topic.replace(/\/status$/, '') ?? '';
  const say = (device: string, key: string, payload: string): void => brokers.say(`${topic()}/${device}/${key}/set`, payload);
  const feed = (values: Record<string, Value>, seconds: number): Promise<void> => {
    now.values = values;
    return clock.advance(seconds * 1000);
  };
  await feed({ c: 25, v: 12.7, w: 100 }, 130.4);
  say('rs_02', 'rs_02', 'ON');
  await feed({ c: 30, v: 12.9, w: 400 }, 200);
  for (let c = 30; c <= 56; c += 0.5) await feed({ c, v: 13, w: 300 }, 20);
  say('rs_01', 'au_rs_01', 'OFF');
  say('rs_01', 'rs_01', 'ON');
  await feed({ c: 72, v: 13, w: 0 }, 90);
  say('bat', 'acknowledge', 'PRESS');
  await feed({ c: 40, v: 13, w: null }, 700);
  say('bat', 'acknowledge', 'PRESS');
  say('bat', 'cut_c', '50');
  await feed({ c: 38, v: 13, w: 50 }, 60);
  say('rs_01', 'au_rs_01', 'ON');
  await feed({ v: 12.7, w: 50 }, 90);
  const journaled = async (): Promise<JournalEntry[]> => {
    await store.flush();
    return [...store.journaled];
  };
  const decided = await journaled();
  await recorder[Symbol.asyncDispose]();
  controller.abort(new Error('stop'));
  for (let i = 0; i < 10; i += 1) await clock.advance(1000);
  await running;
  return decided;
}
async function again(path: string, cut?: number): Promise<{ decided: JournalEntry[]; outcome: Outcome }> {
  const recording = await openRecording(path);
  const { header } = recording;
  const driver = probe({ values: {} });
  const clock = handClock(header.monotonicMs, header.wallMs);
  const decided: JournalEntry[] = [];
  const house = houseOf(cut === undefined ? header.config : TEXT(cut), driver);
  const rig = await buildRig({ house, clock, state: header.state, drivers: [driver], onDecision: (entry) => decided.push(entry) });
  return { outcome: await drive(rig, clock, recording), decided };
}

describe('a recorded hour', () => {
  test('is decided again exactly as it was decided: each decision, its time, its reason and its inputs', async () => {
    const path = join(folder(), 'hour.jsonl.gz');
    const kept = {
      state: { ...EMPTY_STATE, relays: [{ relayId: 'rs_02', mode: 'auto', manualOn: false, switches: 41, onSeconds: 9 }] } as StoredState,
    };
    const decided = await live(path, kept);
    const reasons = decided.map(({ reason }) => reason);
    expect(reasons).toEqual(
      expect.arrayContaining(['boot-hold', 'default', 'automatic', 'request', 'anti-short-cycle', 'interlock', 'manual']),
    );
    expect((await again(path)).decided).toEqual(decided);
    // What the first life left behind (a moved limit, a mode) is known to the recording of the second.
    const next = join(folder(), 'next.jsonl.gz');
    const after = await live(next, kept);
    expect((await again(next)).decided).toEqual(after);
    expect(after).not.toEqual(decided);
  }, 60_000);

  test('under another configuration ends otherwise', async () => {
    const path = join(folder(), 'hour.jsonl');
    await live(path, { state: EMPTY_STATE });
    const [first, second] = [(await again(path)).outcome, (await again(path, 40)).outcome];
    const closed = ({ relays }: Outcome): number => relays[0]?.onMs ?? 0;
    expect(closed(second)).toBeLessThan(closed(first));
    expect(first.batteries[0]).toMatchObject({ hottestC: 72, above: [{ celsius: 45 }, { celsius: 80, ms: 0 }] });
    expect(first.batteries[0]?.above[0]?.ms).toBeGreaterThan(400_000);
    const whole = ({ reasons }: Outcome['relays'][number]): number => reasons.reduce((sum, { ms }) => sum + ms, 0);
    for (const relay of [...first.relays, ...second.relays]) expect(whole(relay)).toBe(first.spanMs);
  }, 60_000);
});

describe('the simulated house', () => {
  const days = async (seed: number): Promise<string> => {
    const clock = handClock(0, Date.UTC(2026, 0, 1));
    const house = houseOf(demoBatteryYaml('en'), drivers);
    const rig = await buildRig({ house, clock, state: EMPTY_STATE, leastPeriodMs: 30_000 });
    const outcome = await simulate(rig, clock, { days: 5, seed, stepMs: 30_000 }, () => undefined);
    expect(outcome.relays.map(({ switches }) => switches > 4)).toEqual([true, true, true, true]);
    expect(outcome.relays[0]?.onMs).toBeGreaterThan(3_600_000);
    expect(outcome.batteries[0]?.words.map(({ word }) => word)).toEqual(expect.arrayContaining(['idle', 'charging', 'full_hold']));
    return outcomeText(outcome, 'fr') + plotOf(outcome);
  };
  test('answers to the control, lives the same life for the same seed, and another one for another', async () => {
    const text = await days(1);
    expect((await days(1)) === text).toBe(true);
    expect((await days(2)) === text).toBe(false);
    expect(text).toMatch(/^Du 2026-01-01T00:00:00Z pendant 5 d/);
    expect(text).toMatch(/maximum +\d+,\d °C/);
  }, 60_000);
});

/** What the command prints and draws. */
async function command(...argv: string[]): Promise<string> {
  const invocation = readInvocation(['replay', ...argv, '--language', 'en'], {});
  if (invocation.command !== 'replay') throw new Error(JSON.stringify(invocation));
  let text = '';
  await replay(invocation.options, { write: (more) => (text += more), progress: () => undefined });
  return text;
}
const HOUSE = (lease = 900): string => `version: 1
devices:
  - {id: linky, type: linky, port: /dev/ttyX}
relays:
  - {id: rs_01, line: 5, name: Heater <1>, lease_s: ${lease}}
`;
function written(lines: readonly string[] = []): string {
  const path = join(folder(), 'a.jsonl');
  const start = { version: '0.1.0', wallMs: 1_000_000, monotonicMs: 0, config: HOUSE(), state: { relays: [], latches: [], facts: {} } };
  const events = Array.from({ length: 120 }, (_, i) =>
    eventLine({ m: i * 10_000, w: 1_000_000 + i * 10_000, d: 'linky', v: { apparent_power: 100 + i } }),
  );
  events.splice(30, 0, eventLine({ m: 290_000, w: 1_290_000, c: { deviceId: 'rs_01', key: 'rs_01', on: true } }), ...lines);
  writeFileSync(path, headerLine(start) + events.join(''));
  return path;
}

describe('the command', () => {
  test('prints times, counts and reasons; the same file gives the same text and the same drawing', async () => {
    const path = written();
    const drawn = join(folder(), 'out.svg');
    const text = await command(path, '--plot', drawn);
    const first = readFileSync(drawn, 'utf8');
    expect(text).toContain('From 1970-01-01T00:16:40Z for 19 min 50 s: 120 samples, 1 wishes');
    expect(text).toMatch(/rs_01 Heater <1>\n {2}time on +15 min\n {2}switched +2\n {2}Requested \(home-assistant\) +15 min\n/);
    expect(await command(path, '--plot', drawn)).toBe(text);
    expect(readFileSync(drawn, 'utf8')).toBe(first);
    expect(first).toContain('Heater &#60;1&#62;');
    expect(first).toContain('Apparent power (VA)');
    expect(first).not.toContain('NaN');
    expect(first.match(/<(?!\/|path|rect|line|\?)[a-z]+/g)?.length).toBe(first.match(/<\/[a-z]+/g)?.length);
  });

  test('with another file: a second run and what differs', async () => {
    const other = join(folder(), 'other.yaml');
    writeFileSync(other, HOUSE(300));
    const text = await command(written(), '--config', other);
    expect(text).toContain('=== other.yaml ===');
    expect(text.split('Difference\n')[1]).toBe(
      [
        '  rs_01 Heater <1>, time on: 15 min → 5 min (−10 min)',
        '  rs_01 Heater <1>, Requested (home-assistant): 15 min → 5 min (−10 min)',
        '  rs_01 Heater <1>, At rest: 4 min 40 s → 14 min 40 s (+10 min)',
        '',
      ].join('\n'),
    );
    writeFileSync(other, HOUSE());
    expect((await command(written(), '--config', other)).split('Difference\n')[1]).toBe('  none\n');
  });

  test('says what is missing in the recording', async () => {
    expect(await command(written(['{"m":290000,"w":1290000,"dropped":7}\n', 'torn\n']))).toContain(
      '8 events lost: the result is not exact',
    );
  });

  test('refuses faults with a clear word', async () => {
    const other = join(folder(), 'other.yaml');
    writeFileSync(other, HOUSE().replace('linky, port', 'linki, port'));
    await expect(command(written(), '--config', other)).rejects.toThrow(/other\.yaml:3:.*linki/);
    await expect(command(written(['{"m":1e15,"w":1,"end":true}\n']))).rejects.toThrow('jumps in time');
    await expect(command('/no/such/file')).rejects.toThrow('ENOENT');
  });

  test('lets the simulated house live for a day', async () => {
    const drawn = join(folder(), 'out.svg');
    const text = await command('--simulated', '1d', '--plot', drawn);
    expect(text).toContain('From 2025-12-31T23:00:00Z for 1 d');
    expect(text).toMatch(/rs_02 Water heater\n {2}time on +\d+ h/);
    expect(text).toMatch(/house_battery House battery\n {2}hottest +\d+\.\d °C\n {2}above 45 °C +0 s/);
    expect(readFileSync(drawn, 'utf8').includes('01-01 12:00Z')).toBe(true);
  }, 60_000);

  test('lets the house of a scenario live, and names what another configuration violates', async () => {
    const text = await command('--simulated', '1d', '--scenario', 'winter');
    expect(text).toMatch(/rs_05 Car\n {2}time on/);
    expect(text).not.toContain('Violated');
    const other = join(folder(), 'other.yaml');
    writeFileSync(other, winterYaml('en').replace(/shedding:[\s\S]*/, ''));
    expect(await command('--simulated', '1d', '--scenario', 'winter', '--config', other)).toMatch(
      /Violated: tick \d+, .*meter: the breaker opened/,
    );
  }, 60_000);

  test.each<[string[], string]>([
    [['replay'], 'replay takes one recording'],
    [['replay', 'a', 'b'], 'replay takes one recording'],
    [['replay', 'a', '--simulated', '1d'], 'replay takes one recording'],
    [['replay', '--simulated', 'long'], '--simulated takes a number of days'],
    [['replay', '--simulated', '1d', '--seed', 'x'], '--seed takes a whole number'],
    [['replay', '--simulated', '1d', '--scenario', 'autumn'], '--scenario takes winter, solar, off-grid'],
    [['replay', 'a', '--scenario', 'winter'], '--scenario takes winter, solar, off-grid'],
  ])('%j is refused', (argv, why) => {
    expect(readInvocation(argv, {})).toMatchObject({ command: 'help', error: expect.stringContaining(why) });
  });
});
