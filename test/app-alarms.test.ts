import { describe, expect, test } from 'vitest';
import { run } from '../src/app.ts';
import { houseRules } from '../src/app-alarm-rules.ts';
import { openBuzzer, startAlarms } from '../src/app-alarms.ts';
import { demoYaml } from '../src/config/demo.ts';
import { toHouse } from '../src/config/house.ts';
import type { HouseConfig } from '../src/config/types.ts';
import { validateHouse } from '../src/config/validate.ts';
import type { AlarmSubject } from '../src/control/alarm-defaults.ts';
import { createSnapshot } from '../src/control/snapshot.ts';
import { drivers } from '../src/drivers/index.ts';
import { APP_DEVICE_ID, describeApp } from '../src/homeassistant/app-device.ts';
import type { Value } from '../src/model.ts';
import { smtpMail } from '../src/ports/mail.ts';
import { virtualClock } from '../src/ports/sim/clock.ts';
import { simulatedHouse, WIRING } from '../src/ports/sim/demo.ts';
import { simulatedGpio } from '../src/ports/sim/gpio.ts';
import { type SimulatedMail, simulatedMail } from '../src/ports/sim/mail.ts';
import type { Mail, Ports } from '../src/ports/types.ts';
import { EMPTY_STATE } from '../src/store/batch.ts';
import type { StoredState } from '../src/store/types.ts';
import { fakeBrokers, fakeStore } from './fakes.ts';
import { until } from './homeassistant/waiting.ts';
import { selfSigned, startSmtp } from './ports/smtp-server.ts';

const MAIL = 'mail: {host: mail.example.org, from: house@example.org, to: [me@example.org]}\n';
const START_MS = Date.UTC(2026, 10, 21, 11);

function houseOf(more: string): HouseConfig {
  const { raw, problems } = validateHouse(`${demoYaml('en')}${more}`, 'demo', drivers);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return toHouse(raw);
}
const CELLAR: AlarmSubject = {
  id: 'cellar',
  name: 'Cellar',
  description: {
    ...{ manufacturer: 'x', model: 'y', periodMs: 5_000 },
    entities: { temperature: { name: { en: 'Temperature', fr: 'Température' }, quantity: 'temperature', decimals: 1 } },
  },
};

/** The alarms alone, with one thermometer. */
async function desk(
  more = MAIL,
  kept: { state: StoredState } = { state: EMPTY_STATE },
  mail: SimulatedMail = simulatedMail(),
  real?: { port: Mail; ca: string },
) {
  const clock = virtualClock(START_MS);
  const base = houseOf(more);
  const house: HouseConfig = { ...base, devices: [{ id: 'cellar', type: 'x', options: {} }] };
  const gpio = simulatedGpio(clock);
  const snapshot = createSnapshot(() => 5_000);
  const store = fakeStore(kept);
  const controller = new AbortController();
  const logs: string[] = [];
  const log = (level: string, message: string): void => void logs.push(`${level} ${message}`);
  let said: Readonly<Record<string, Value>> = {};
  const events: string[] = [];
  const app = { id: APP_DEVICE_ID, name: 'Boxénergie', description: describeApp([CELLAR]) };
  const alarms = startAlarms({
    ...{ house, subjects: [app, CELLAR], read: snapshot.read, clock, store, signal: controller.signal, log },
    mailAccount: { username: 'house@example.org', password: 'secret', ...(real && { ca: real.ca }) },
    buzzerLine: await openBuzzer(house.buzzer, gpio, log),
    ports: { ...simulatedHouse(clock).ports, mail: real?.port ?? mail } satisfies Ports,
    publish: (_, values) => {
      said = values;
    },
    tell: (_, __, what) => void events.push(`${what.event_type} ${what.alarm}`),
  });
  return {
    ...{ alarms, mail, logs, events, clock, gpio, controller, store },
    said: () => said,
    async warm(temperature: Value, seconds = 1) {
      for (let i = 0; i < seconds; i += 1) {
        snapshot.remember({ deviceId: 'cellar', atMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), values: { temperature } });
        alarms.sample('cellar');
        await clock.advance(1_000);
      }
    },
  };
}

describe('overheating', () => {
  test('a mail each minute with the account of the options, until acknowledged', async () => {
    const d = await desk();
    await d.warm(20, 2);
    await d.warm(104, 600);
    const urgent = d.mail.sent.filter(({ message }) => message.subject.includes('urgent'));
    expect(Math.abs(urgent.length - 10)).toBeLessThanOrEqual(1);
    expect(d.mail.sent[0]?.server).toMatchObject({
      host: 'mail.example.org',
      security: 'starttls',
      username: 'house@example.org',
      password: 'secret',
    });
    expect(d.mail.sent[0]?.message).toMatchObject({ from: 'house@example.org', to: ['me@example.org'] });
    expect(d.said()).toMatchObject({
      ...{ active_alarms: 3, worst: 'critical', last_mail: 'sent' },
      ...{ alarm_cellar_temperature_critical: true, alarm_cellar_temperature_hot: true, alarm_cellar_temperature_warm: true },
    });
    const rules = ['critical', 'hot', 'warm'];
    expect([...d.events].sort()).toEqual(rules.map((word) => `raised cellar_temperature_${word}`));
    d.alarms.press('acknowledge');
    expect(d.events.slice(3).sort()).toEqual(rules.map((word) => `acknowledged cellar_temperature_${word}`));
    const before = d.mail.attempts;
    await d.warm(104, 300);
    expect(d.mail.attempts).toBe(before);
    expect(d.said()).toMatchObject({ active_alarms: 3, unacknowledged: 0 });
  });

  test('one hot sample between two ticks is enough', async () => {
    const d = await desk();
    await d.warm(20, 2);
    await d.warm(101);
    expect(d.said()).toMatchObject({ alarm_cellar_temperature_critical: true });
  });

  test('a mail server that never answers holds up neither tick nor buzzer', async () => {
    const mail = simulatedMail();
    mail.answer(new Promise(() => undefined));
    const d = await desk(`${MAIL}buzzer: {line: 22}\n`, undefined, mail);
    await d.warm(104, 300);
    expect(mail.attempts).toBeGreaterThanOrEqual(3);
    expect(d.gpio.levels(22).filter(Boolean)).toHaveLength(15);
  });

  test('acknowledged stays acknowledged over a restart, unacknowledged goes on', async () => {
    for (const press of [true, false]) {
      const kept = { state: EMPTY_STATE };
      const first = await desk(MAIL, kept);
      await first.warm(104, 2);
      if (press) first.alarms.press('acknowledge');
      first.controller.abort();
      first.alarms.leave();
      await first.store.flush();
      const second = await desk(MAIL, kept);
      await second.warm(104, 10);
      expect(second.said()).toMatchObject({ active_alarms: 2, unacknowledged: press ? 0 : 2 });
      expect(second.mail.attempts).toBe(press ? 0 : 1);
    }
  });
});

const pair = selfSigned();
test.runIf(pair !== undefined)('from a hot sample to a real server, encrypted, with the account', async () => {
  if (pair === undefined) return;
  const server = await startSmtp({ pair, login: { user: 'house@example.org', pass: 'secret' } });
  const more = `mail: {host: 127.0.0.1, port: ${server.port}, from: house@example.org, to: [me@example.org]}\n`;
  const d = await desk(more, undefined, undefined, { port: smtpMail(), ca: pair.cert.toString() });
  await d.warm(104, 2);
  await until('the urgent mail', () => server.messages.find((text) => text.includes('urgent') && text.includes('104.0')));
  expect(server.heard.filter((line) => line.startsWith('!')).every((line) => /^!(EHLO|STARTTLS)/.test(line))).toBe(true);
  d.controller.abort();
  await server.stop();
});

describe('the buzzer', () => {
  test('beeps, is silenced, and is off at the end', async () => {
    const d = await desk('buzzer: {line: 22, active_low: true}\n');
    expect(d.gpio.levels(22)).toEqual([true]);
    await d.warm(104, 3);
    expect(d.gpio.levels(22)).toContain(false);
    d.alarms.press('silence');
    await d.warm(104, 2);
    expect(d.said()).toMatchObject({ buzzer: false, buzzer_silenced: true });
    expect(d.gpio.levels(22).at(-1)).toBe(true);
  });

  test('is off at once when the program stops', async () => {
    const d = await desk('buzzer: {line: 22}\n');
    await d.warm(104, 2);
    expect(d.gpio.levels(22).at(-1)).toBe(true);
    d.controller.abort();
    expect(d.gpio.levels(22).at(-1)).toBe(false);
  });

  test('a line that is taken costs the sound alone', async () => {
    const clock = virtualClock();
    const gpio = simulatedGpio(clock);
    gpio.occupy(22, 'gpiomon');
    const logs: string[] = [];
    const line = await openBuzzer({ line: 22, chip: 'auto', activeLow: false, capS: 180 }, gpio, (_, text) => void logs.push(text));
    expect(line).toBeUndefined();
    expect(logs[0]).toContain('gpiomon');
  });
});

describe('mail', () => {
  test('the test button sends one, failures are told without addresses', async () => {
    const d = await desk();
    d.alarms.press('test_mail');
    await d.warm(20);
    expect(d.mail.sent.map(({ message }) => message.subject)).toEqual(['Boxénergie: test message']);
    d.mail.answer({ sent: false, permanent: true, reason: 'the mail server answers: 550 <me@example.org> unknown' });
    await d.warm(20, 60);
    d.alarms.press('test_mail');
    await d.warm(20, 2);
    expect(d.said()).toMatchObject({ last_mail: 'failed' });
    expect(d.logs.at(-1)).toBe('warning mail not sent: the mail server answers: 550 <***> unknown');
  });

  test('a damaged memory is nothing', async () => {
    for (const mailer of ['{', '[]', '{"sentMs":["x"],"ruleMs":{},"unsent":[]}', 'null']) {
      const d = await desk(MAIL, { state: { ...EMPTY_STATE, facts: { mailer, alarms: mailer } } });
      await d.warm(104);
      expect(d.mail.attempts).toBeGreaterThan(0);
    }
  });
});

describe('the rules of a house', () => {
  const subjects = [{ id: APP_DEVICE_ID, name: 'Boxénergie', description: describeApp([CELLAR]) }, CELLAR];
  const rulesOf = (yaml: string) => {
    const house = houseOf(yaml);
    return houseRules({ ...house, devices: [{ id: 'cellar', type: 'x', options: {} }] }, subjects);
  };
  const ids = (yaml: string): string[] => rulesOf(yaml).rules.map(({ id }) => id);

  test('ours, without what is not wanted, replaced by id, or none', () => {
    const all = ['cellar_temperature_warm', 'cellar_temperature_hot', 'cellar_temperature_critical', 'cellar_lost', 'storage_problem'];
    expect(ids('')).toEqual(all);
    expect(ids('alarms: {without: [storage_problem]}\n')).toEqual(all.slice(0, 4));
    expect(ids('alarms: {defaults: false}\n')).toEqual([]);
    const own = 'alarms: {rules: [{id: cellar_lost, device: bridge, value: cellar_problem, when: problem, for_s: 5, name: Cellar}]}\n';
    expect(ids(own)).toEqual([...all.filter((id) => id !== 'cellar_lost'), 'cellar_lost']);
    expect(rulesOf(own).rules.at(-1)).toMatchObject({ forMs: 5_000, name: { en: 'Cellar', fr: 'Cellar' }, condition: { when: 'problem' } });
  });

  test('thresholds for lithium tighten all three', () => {
    const { rules } = rulesOf('alarms: {warm_c: 45, hot_c: 55, critical_c: 70}\n');
    expect(rules.slice(0, 3).map(({ condition }) => condition)).toEqual([
      { when: 'above', raise: 45, clear: 40 },
      { when: 'above', raise: 55, clear: 45 },
      { when: 'above', raise: 70, clear: 45 },
    ]);
  });

  test('a value that does not exist is said', () => {
    const { faults } = rulesOf('alarms: {rules: [{id: a, device: bridge, value: humidity, when: stale}]}\n');
    expect(faults).toEqual(['a: bridge has no value humidity']);
  });
});

describe('in the whole program', () => {
  function program(more: string) {
    const clock = virtualClock(START_MS);
    const simulated = simulatedHouse(clock);
    const [mail, brokers, store, controller] = [simulatedMail(), fakeBrokers(), fakeStore(), new AbortController()];
    simulated.live(controller.signal);
    const running = run({
      loaded: { source: 'file', house: houseOf(more), problems: [] },
      ports: { ...simulated.ports, mail, brokers },
      ...{ drivers, clock, signal: controller.signal, log: () => undefined, version: '0.1.0', random: () => 0 },
      openStore: async () => store,
      findBroker: async () => ({ url: 'mqtt://x' }),
      onView: () => undefined,
    });
    const root = (): string => brokers.sent.find(({ topic }) => topic.endsWith('/status'))?.topic.replace(/\/status$/, '') ?? '';
    return {
      ...{ clock, simulated, mail, brokers },
      state: () => JSON.parse(brokers.last('/alarm/state') ?? '{}') as Record<string, unknown>,
      birth: () => brokers.say('homeassistant/status', 'online'),
      press: (key: string) => brokers.say(`${root()}/alarm/${key}/set`, 'PRESS'),
      async stop() {
        controller.abort(new Error('stop'));
        for (let i = 0; i < 10; i += 1) await clock.advance(1_000);
        await running;
      },
    };
  }

  test('a meter unplugged for ten minutes is an alarm and a mail, acknowledged from Home Assistant, over when it is back', async () => {
    const p = program(MAIL);
    await p.clock.advance(15_000);
    expect(p.state()).toMatchObject({ active_alarms: 0, last_mail: 'none', alarm_bat_01_discharged: false, alarm_linky_lost: false });
    p.simulated.serial.wire(WIRING.tic).unplug();
    await p.clock.advance(590_000);
    expect(p.state()).toMatchObject({ active_alarms: 0, alarm_linky_lost_state: 'pending' });
    await p.clock.advance(60_000);
    expect(p.state()).toMatchObject({ active_alarms: 1, worst: 'warning', alarm_linky_lost: true, last_mail: 'sent' });
    expect(p.mail.sent.map(({ message }) => message.subject)).toEqual(['Boxénergie: No data, Linky']);
    p.press('acknowledge');
    await p.clock.advance(3_000);
    expect(p.state()).toMatchObject({ active_alarms: 1, unacknowledged: 0, alarm_linky_lost_state: 'acknowledged' });
    p.simulated.serial.wire(WIRING.tic).plug();
    await p.clock.advance(150_000);
    expect(p.state()).toMatchObject({ active_alarms: 0, alarm_linky_lost: false });
    await p.stop();
  });

  test('each alarm is told once as an event, not kept by the broker, and no reconnection or birth of Home Assistant tells it again', async () => {
    const p = program('');
    const events = (): string[] =>
      p.brokers.sent
        .filter(({ topic }) => topic.endsWith('/alarm/events/event'))
        .map(({ payload, retain }) => `${JSON.parse(payload).event_type} ${JSON.parse(payload).alarm}${retain ? ' retained' : ''}`);
    await p.clock.advance(15_000);
    expect(events()).toEqual([]);
    p.simulated.serial.wire(WIRING.tic).unplug();
    await p.clock.advance(660_000);
    expect(events()).toEqual(['raised linky_lost']);
    p.press('acknowledge');
    await p.clock.advance(3_000);
    p.brokers.down();
    await p.clock.advance(10_000);
    p.brokers.up();
    p.birth();
    await p.clock.advance(60_000);
    expect(events()).toEqual(['raised linky_lost', 'acknowledged linky_lost']);
    // While the broker is away for a minute: told afterwards, once.
    p.brokers.down();
    p.simulated.serial.wire(WIRING.tic).plug();
    await p.clock.advance(150_000);
    expect(p.state()).toMatchObject({ active_alarms: 1 });
    p.brokers.up();
    await p.clock.advance(10_000);
    expect(p.state()).toMatchObject({ active_alarms: 0 });
    expect(events()).toEqual(['raised linky_lost', 'acknowledged linky_lost', 'cleared linky_lost']);
    const told = JSON.parse(p.brokers.last('/alarm/events/event') ?? '{}');
    expect(told).toMatchObject({ name: 'No data', device: 'Linky', severity: 'warning', text: 'Warning: No data, Linky, over' });
    await p.stop();
  });

  test('without mail or buzzer there are no buttons for them', async () => {
    const p = program('');
    await p.clock.advance(5_000);
    const document = JSON.parse(p.brokers.sent.find(({ topic }) => topic.endsWith('_alarm/config'))?.payload ?? '{}');
    expect(Object.keys(document.components)).toContain('acknowledge');
    expect(Object.keys(document.components)).not.toContain('test_mail');
    p.press('test_mail');
    await p.clock.advance(60_000);
    expect(p.mail.attempts).toBe(0);
    await p.stop();
  });
});
