import { describe, expect, test } from 'vitest';
import { run } from '../src/app.ts';
import { createControl } from '../src/app-control.ts';
import type { AppView } from '../src/app-view.ts';
import { toHouse } from '../src/config/house.ts';
import type { LoadedConfig } from '../src/config/types.ts';
import { validateHouse } from '../src/config/validate.ts';
import { createSnapshot } from '../src/control/snapshot.ts';
import type { AnyDriver } from '../src/drivers/driver.ts';
import type { Value } from '../src/model.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { simulatedHouse } from '../src/ports/sim/demo.ts';
import type { SimulatedMail } from '../src/ports/sim/mail.ts';
import { EMPTY_STATE } from '../src/store/batch.ts';
import type { StoredState } from '../src/store/types.ts';
import { fakeBrokers, fakeStore } from './fakes.ts';

type Sensed = Record<string, Value>;

/** A battery's sensors in one invented device: what it says is what the test puts there; undefined: it stays silent. */
function probe(now: { values: Sensed | undefined }): AnyDriver {
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
        closed: { name: { en: 'C', fr: 'C' }, quantity: 'opening' },
      },
    }),
    async *read({ clock, signal }) {
      for (;;) {
        await clock.sleep(1_000, signal);
        if (now.values !== undefined) yield { ...now.values };
      }
    },
  };
}

const BATTERY = `batteries:
  - id: house_battery
    chemistry: lfp
    voltage: probe.v
    temperatures: [probe.c]
    charge_relays: [rs_01]
    discharge_relays: [rs_02]
`;
const yaml = (battery = BATTERY, relay = ''): string => `version: 1
devices:
  - {id: probe, type: probe}
relays:
  - {id: rs_01, line: 5${relay}}
  - {id: rs_02, line: 6}
${battery}`;

function program(options: { text?: string; kept?: { state: StoredState }; values?: Sensed } = {}) {
  const clock = virtualClock(Date.UTC(2026, 10, 21, 11));
  const now: { values: Sensed | undefined } = { values: options.values ?? { c: 25, v: 12.7 } };
  const driver = probe(now);
  const { raw, problems } = validateHouse(options.text ?? yaml(), 'h', [driver]);
  expect(problems).toEqual([]);
  const loaded: LoadedConfig = { source: 'file', house: toHouse(raw), problems: [] };
  const simulated = simulatedHouse(clock);
  const brokers = fakeBrokers();
  const store = fakeStore(options.kept);
  const controller = new AbortController();
  const logs: string[] = [];
  let view: AppView | undefined;
  const running = run({
    loaded,
    drivers: [driver],
    ports: { ...simulated.ports, brokers },
    clock,
    signal: controller.signal,
    log: (level, message) => void logs.push(`${level} ${message}`),
    version: '0.1.0',
    random: () => 0,
    openStore: async () => store,
    findBroker: async () => ({ url: 'mqtt://x' }),
    onView: (seen) => (view = seen),
  });
  const topic = (): string => brokers.sent.find((m) => m.topic.endsWith('/status'))?.topic.replace(/\/status$/, '') ?? '';
  return {
    mails: () => (simulated.ports.mail as SimulatedMail).sent.map(({ message }) => message.subject),
    now,
    store,
    logs,
    rows: () => view?.rows() ?? [],
    feed(values: Sensed | undefined, seconds: number) {
      now.values = values;
      return clock.advance(seconds * 1000);
    },
    /** One degree a minute. */
    async warm(from: number, to: number, v: number) {
      for (let c = from; c !== to; c += Math.sign(to - from) * 0.25) await this.feed({ c, v }, 15);
    },
    state: (device: string): Record<string, unknown> => JSON.parse(brokers.last(`/${device}/state`) ?? '{}'),
    on: (line: number): boolean => simulated.gpio.levels(line).at(-1) === true,
    level: (line: number) => simulated.gpio.levels(line),
    command: (device: string, key: string, payload: string) => brokers.say(`${topic()}/${device}/${key}/set`, payload),
    causes: () =>
      store
        .state()
        .latches.map(({ relayId, cause }) => `${relayId} ${cause}`)
        .sort(),
    async stop() {
      controller.abort(new Error('stop'));
      for (let i = 0; i < 10; i += 1) await clock.advance(1000);
      await running;
    },
  };
}

const MAIL = 'mail: {host: mail.example.org, from: house@example.org, to: [me@example.org]}\n';

describe('a battery in the whole program', () => {
  test('in critical heat for its chemistry it is mailed every minute, until somebody acknowledges the battery', async () => {
    const p = program({ text: yaml(`${BATTERY}${MAIL}`) });
    await p.feed({ c: 50, v: 13 }, 30);
    await p.warm(50, 72, 13);
    const before = p.mails().length;
    // 72 °C: for whatever is no lithium cell a warning, no more.
    await p.feed({ c: 72, v: 13 }, 300);
    const urgent = p.mails().slice(before);
    expect(urgent.length).toBeGreaterThanOrEqual(5);
    expect(urgent.length).toBeLessThanOrEqual(6);
    expect(urgent.every((subject) => /Critical battery temperature/.test(subject))).toBe(true);
    expect(p.state('alarm')).toMatchObject({ alarm_house_battery_critical: true, alarm_house_battery_cut_off: true });
    p.command('house_battery', 'acknowledge', 'PRESS');
    await p.feed({ c: 72, v: 13 }, 5);
    const acknowledged = p.mails().length;
    await p.feed({ c: 72, v: 13 }, 300);
    expect(p.mails().length).toBe(acknowledged);
    expect([p.on(5), p.on(6)]).toEqual([false, false]);
    await p.stop();
  });

  test('is charged by itself when it is low, never before its sensors have spoken, and says what it does', async () => {
    const p = program();
    await p.feed(undefined, 20);
    p.command('rs_01', 'rs_01', 'ON');
    await p.feed(undefined, 5);
    expect(p.on(5)).toBe(false);
    expect(p.state('rs_01')).toMatchObject({ rs_01: false, rs_01_reason: 'waiting-inputs', rs_01_pending: 'on (request)' });
    await p.feed({ c: 25, v: 13.1 }, 5);
    expect(p.on(5)).toBe(true);
    p.command('rs_01', 'rs_01', 'OFF');
    await p.feed({ c: 25, v: 13.1 }, 900);
    expect([p.on(5), p.state('house_battery').charge_state]).toEqual([false, 'idle']);
    await p.feed({ c: 25, v: 12.7 }, 130);
    expect(p.on(5)).toBe(true);
    expect(p.state('house_battery')).toMatchObject({ charge_state: 'charging', alarm: 'none', interlock: false });
    expect(p.state('rs_01')).toMatchObject({ rs_01_reason: 'automatic', rs_01_reason_detail: 'charging (house_battery)' });
    expect(p.state('rs_01').rs_01_reason_words).toMatch(/^charging \(.+\)$/);
    expect(p.rows().find(({ device }) => device === 'house_battery')).toMatchObject({ value: 'Charging' });
    await p.store.flush();
    expect(p.store.journaled.at(-1)?.inputs).toMatchObject({ 'house_battery.temperature': 25, 'house_battery.voltage': 12.7 });
    await p.stop();
  });

  test('too hot: cut, kept on disk before anything, through a restart, and back by itself after ten cool minutes', async () => {
    const kept = { state: EMPTY_STATE };
    const p = program({ kept });
    await p.feed({ c: 40, v: 12.7 }, 130);
    await p.warm(40, 55.25, 12.9);
    expect(p.on(5)).toBe(false);
    expect(p.state('house_battery')).toMatchObject({ charge_state: 'too_hot', alarm: 'cut-off', interlock_latched: 'over-temperature' });
    expect(p.state('house_battery')).toMatchObject({ alarm_causes: 'over-temperature', alarm_causes_text: 'too hot' });
    expect(p.causes()).toEqual(['house_battery over-temperature@house_battery', 'rs_01 over-temperature@house_battery']);
    p.command('rs_01', 'au_rs_01', 'OFF');
    p.command('rs_01', 'rs_01', 'ON');
    await p.feed({ c: 50, v: 12.9 }, 60);
    expect(p.on(5)).toBe(false);
    expect(p.state('rs_01')).toMatchObject({
      rs_01_reason: 'interlock',
      rs_01_reason_detail: 'over-temperature (house_battery)',
      rs_01_pending: 'on (manual)',
    });
    p.command('rs_01', 'au_rs_01', 'ON');
    await p.stop();
    const again = program({ kept, values: { c: 44, v: 12.7 } });
    await again.feed({ c: 44, v: 12.7 }, 590);
    expect([again.on(5), again.causes().length]).toEqual([false, 2]);
    await again.feed({ c: 44, v: 12.7 }, 30);
    // The charge that the heat interrupted goes on.
    expect([again.on(5), again.causes()]).toEqual([true, []]);
    await again.stop();
  });

  test('critical: everything of the battery opens, a message each minute, only a person ends it', async () => {
    const p = program();
    p.command('rs_02', 'rs_02', 'ON');
    await p.feed({ c: 60, v: 13.2 }, 60);
    p.command('rs_02', 'rs_02', 'ON');
    expect([p.on(5), p.on(6)]).toEqual([false, true]);
    await p.warm(60, 70.25, 13.2);
    expect([p.on(5), p.on(6)]).toEqual([false, false]);
    const messages = (): number => p.logs.filter((line) => /critical, critical-temperature/.test(line)).length;
    const before = messages();
    await p.feed({ c: 72, v: 13.2 }, 600);
    expect(messages() - before).toBe(10);
    p.command('house_battery', 'acknowledge', 'PRESS');
    await p.feed({ c: 72, v: 13.2 }, 600);
    expect(messages() - before).toBe(10);
    await p.warm(72, 45, 13.2);
    await p.feed({ c: 44, v: 13.2 }, 3600);
    expect(p.state('house_battery')).toMatchObject({ alarm: 'critical', interlock_latched: 'critical-temperature-manual' });
    p.command('house_battery', 'acknowledge', 'PRESS');
    await p.feed({ c: 39, v: 13.2 }, 3);
    expect([p.state('house_battery').alarm, p.causes()]).toEqual(['none', []]);
    await p.stop();
  });

  test('a sensor that falls silent stops the charge within half a minute', async () => {
    const p = program();
    await p.feed({ c: 25, v: 12.7 }, 130);
    expect(p.on(5)).toBe(true);
    await p.feed({ v: 12.7 }, 29);
    expect(p.on(5)).toBe(true);
    await p.feed({ v: 12.7 }, 3);
    expect(p.on(5)).toBe(false);
    expect(p.state('house_battery')).toMatchObject({ charge_state: 'sensor_fault', alarm: 'cut-off' });
    await p.stop();
  });

  test('a battery that leaves the file takes no latch with it: its relay waits for a person', async () => {
    const latches = ['house_battery', 'rs_01'].map((relayId) => ({ relayId, cause: 'over-temperature-manual@house_battery', sinceMs: 0 }));
    const kept = { state: { ...EMPTY_STATE, latches } };
    const p = program({ text: yaml(''), kept });
    p.command('rs_01', 'rs_01', 'ON');
    await p.feed({ c: 25, v: 13 }, 20);
    p.command('rs_01', 'rs_01', 'ON');
    expect(p.state('rs_01')).toMatchObject({ rs_01: false, rs_01_reason: 'interlock' });
    p.command('rs_01', 'rs_01_acknowledge', 'PRESS');
    await p.feed({ c: 25, v: 13 }, 2);
    expect([p.on(5), p.causes().filter((cause) => cause.startsWith('rs_01'))]).toEqual([true, []]);
    await p.stop();
  });

  test('limits are moved from Home Assistant within what the chemistry bears, kept, and dropped when the file changes', async () => {
    const kept = { state: EMPTY_STATE };
    const p = program({ kept });
    await p.feed({ c: 25, v: 13.1 }, 12);
    expect(p.state('house_battery')).toMatchObject({ cut_c: 55, warning_c: 45, start_v: 12.8, full_v: 13.8 });
    p.command('house_battery', 'cut_c', '56');
    await p.feed({ c: 25, v: 13.1 }, 3);
    expect(p.state('house_battery').cut_c).toBe(55);
    p.command('house_battery', 'cut_c', '40');
    p.command('house_battery', 'start_v', '13.1');
    await p.feed({ c: 25, v: 13.1 }, 90);
    // A warning above the cut would never be heard.
    expect(p.state('house_battery')).toMatchObject({ cut_c: 40, warning_c: 40, start_v: 13.1, charge_state: 'charging' });
    await p.warm(25, 41, 13.1);
    expect(p.state('house_battery').charge_state).toBe('too_hot');
    await p.stop();
    const again = program({ kept });
    await again.feed({ c: 25, v: 13.1 }, 3);
    expect(again.state('house_battery')).toMatchObject({ cut_c: 40, start_v: 13.1 });
    await again.stop();
    const edited = program({ kept, text: yaml(`${BATTERY}    cut_c: 50\n`) });
    await edited.feed({ c: 25, v: 13.1 }, 3);
    expect(edited.state('house_battery')).toMatchObject({ cut_c: 50, start_v: 13.1 });
    edited.command('house_battery', 'cut_c', '51');
    await edited.feed({ c: 25, v: 13.1 }, 3);
    expect(edited.state('house_battery').cut_c).toBe(50);
    await edited.stop();
  });

  test('restarting does not lift the cap on changes', async () => {
    const kept = { state: EMPTY_STATE };
    const p = program({ kept, text: yaml('') });
    await p.feed({}, 12);
    for (const payload of ['ON', 'OFF', 'ON', 'OFF']) {
      p.command('rs_02', 'rs_02', payload);
      await p.feed({}, 2);
    }
    p.command('rs_02', 'rs_02', 'ON');
    await p.feed({}, 2);
    expect(p.on(6)).toBe(true);
    await p.stop(); // the sixth change
    const again = program({ kept, text: yaml('') });
    await again.feed({}, 12);
    again.command('rs_02', 'rs_02', 'ON');
    await again.feed({}, 2);
    expect(again.on(6)).toBe(false);
    expect(again.state('rs_02')).toMatchObject({
      rs_02_reason: 'anti-short-cycle',
      rs_02_reason_detail: 'changes-per-hour',
      rs_02_reason_words: 'too many changes this hour',
    });
    expect(again.state('rs_02').rs_02_next).toMatch(/^2026-11-21T1\d:/);
    await again.stop();
  });

  test('a welded contact is latched and kept; a normally closed one rests closed', async () => {
    const kept = { state: EMPTY_STATE };
    const p = program({ text: yaml('', ', feedback: probe.closed, contact: nc'), kept });
    await p.feed({ closed: true }, 12);
    expect(p.level(5)).toEqual([true]); // logical off drives the coil of a normally closed contact
    expect(p.causes()).toEqual(['rs_01 welded']);
    expect(p.state('rs_01')).toMatchObject({ rs_01: false, rs_01_reason: 'interlock', rs_01_reason_detail: 'welded' });
    await p.stop();
  });
});

test('a control that fails opens what it guards, says so once, and recovers', () => {
  const driver = probe({ values: undefined });
  const { raw } = validateHouse(yaml(), 'h', [driver]);
  const snapshot = createSnapshot(() => 1_000);
  let broken = true;
  const logs: string[] = [];
  const control = createControl({
    house: toHouse(raw),
    snapshot: {
      ...snapshot,
      read(...args) {
        if (broken) throw new Error('torn');
        return snapshot.read(...args);
      },
    },
    store: fakeStore(),
    clock: virtualClock(0),
    log: (_, message) => void logs.push(message),
    onAlarm: () => undefined,
    onValues: () => undefined,
    shedOf: () => undefined,
  });
  control.step(() => []);
  control.step(() => []);
  expect(control.outlook('rs_01')).toMatchObject({ interlocks: ['control-failed (house_battery)'] });
  expect(logs).toEqual(['house_battery: control failed: Error: torn']);
  broken = false;
  control.step(() => []);
  expect(control.outlook('rs_01')).toMatchObject({ interlocks: [], unready: 'temperature (house_battery)' });
});
