import { describe, expect, test } from 'vitest';
import {
  ALARM_BUTTONS,
  ALARM_DEVICE_ID,
  ALARM_DEVICE_NAME,
  alarmEvents,
  alarmValues,
  describeAlarms,
} from '../../src/control/alarm-device.ts';
import type { AlarmRule } from '../../src/control/alarm-rules.ts';
import type { ActiveAlarm, AlarmChange, AlarmState } from '../../src/control/alarms.ts';
import { discoveryDocument } from '../../src/homeassistant/discovery.ts';
import { statePayload } from '../../src/homeassistant/payload.ts';
import { createTopics } from '../../src/homeassistant/topics.ts';
import type { Identity } from '../../src/homeassistant/types.ts';
import type { Language } from '../../src/model.ts';
import { checkDiscovery } from '../homeassistant/platform-rules.ts';

const RULE: AlarmRule = {
  id: 'bat_01_hot',
  deviceId: 'bat_01',
  key: 'temperature',
  condition: { when: 'above', raise: 80, clear: 70 },
  severity: 'critical',
  forMs: 0,
  clearForMs: 0,
  name: { en: 'Overheating', fr: 'Surchauffe' },
  advice: { en: '', fr: '' },
  deviceName: 'Batterie 1',
  unit: '°C',
};
const FLAG: AlarmRule = { ...RULE, id: 'storage', condition: { when: 'problem' }, severity: 'warning', unit: null };
const RULES = [RULE, FLAG];
const ACTIVE: readonly ActiveAlarm[] = [
  { rule: RULE, state: 'active', sinceMs: Date.UTC(2026, 0, 1), raisedBy: 81, value: 85.049, valueMs: 0 },
  { rule: FLAG, state: 'acknowledged', sinceMs: Date.UTC(2026, 0, 2), raisedBy: true, value: true, valueMs: 0 },
];

function documentOf(language: Language, parts: Parameters<typeof describeAlarms>[1]) {
  const identity: Identity = {
    ...{ install: 'a1b2c3', version: '0.1.0', language, topicRoot: 'boxenergie' },
    ...{ discoveryPrefix: 'homeassistant', statusTopic: 'homeassistant/status' },
  };
  const topics = createTopics(identity);
  const device = { id: ALARM_DEVICE_ID, name: ALARM_DEVICE_NAME[language], description: describeAlarms(RULES, parts) };
  const document = discoveryDocument(device, new Set(), { identity, topics, refreshS: 30 });
  expect(checkDiscovery(topics.discovery(device.id), JSON.stringify(document))).toEqual([]);
  return document.components;
}

describe('announced', () => {
  test('with everything, in both languages', () => {
    const french = documentOf('fr', { mail: true, buzzer: true });
    expect(Object.keys(french)).toEqual([
      ...['active_alarms', 'acknowledge', 'events', 'silence', 'buzzer', 'last_mail', 'test_mail', 'alarm_bat_01_hot', 'alarm_storage'],
    ]);
    expect(french.alarm_bat_01_hot).toMatchObject({
      platform: 'binary_sensor',
      device_class: 'problem',
      name: 'Batterie 1\u00a0: Surchauffe',
      default_entity_id: 'binary_sensor.alarm_bat_01_hot',
    });
    expect(french.events).toEqual({
      ...{ platform: 'event', name: 'Événements des alarmes', unique_id: 'boxenergie_a1b2c3_alarm_events' },
      ...{ default_entity_id: 'event.alarm_events', event_types: ['raised', 'acknowledged', 'cleared'] },
      ...{ state_topic: 'boxenergie/a1b2c3/alarm/events/event', qos: 1, availability: [] },
    });
    for (const key of ALARM_BUTTONS) expect(french[key]).toMatchObject({ platform: 'button', retain: false });
    expect(documentOf('en', { mail: true, buzzer: true }).acknowledge?.name).toBe('Acknowledge alarms');
  });

  test('no button for what is not there', () => {
    const keys = Object.keys(documentOf('en', { mail: false, buzzer: false }));
    expect(keys).not.toContain('silence');
    expect(keys).not.toContain('test_mail');
    expect(keys).toContain('last_mail');
  });
});

describe('said', () => {
  const stateOf = (id: string) => ACTIVE.find(({ rule }) => rule.id === id)?.state ?? 'inactive';
  const said = (view: Partial<Parameters<typeof alarmValues>[0]>) => {
    const values = alarmValues({ rules: RULES, active: [], stateOf: () => 'inactive', mail: undefined, buzzer: undefined, ...view });
    const payload = statePayload(describeAlarms(RULES, { mail: true, buzzer: true }), new Map(Object.entries(values)), false);
    return JSON.parse(payload) as Record<string, unknown>;
  };

  test('what stands, with its values, acknowledged or not', () => {
    const mail = { status: 'retrying', detail: 'no mail server listens', atMs: Date.UTC(2026, 0, 3), waiting: 2 } as const;
    expect(said({ active: ACTIVE, stateOf, mail, buzzer: { on: true, silenced: false } })).toEqual({
      ...{ active_alarms: 2, unacknowledged: 1, worst: 'critical', buzzer: true, buzzer_silenced: false },
      ...{
        last_mail: 'retrying',
        last_mail_at: '2026-01-03T00:00:00.000Z',
        last_mail_detail: 'no mail server listens',
        last_mail_waiting: 2,
      },
      ...{ alarm_bat_01_hot: true, alarm_bat_01_hot_state: 'active', alarm_bat_01_hot_severity: 'critical' },
      ...{ alarm_bat_01_hot_since: '2026-01-01T00:00:00.000Z', alarm_bat_01_hot_value: 85, alarm_bat_01_hot_unit: '°C' },
      ...{ alarm_storage: true, alarm_storage_state: 'acknowledged', alarm_storage_severity: 'warning' },
      ...{ alarm_storage_since: '2026-01-02T00:00:00.000Z', alarm_storage_value: null, alarm_storage_unit: '' },
    });
  });

  test('nothing stands, no mail set up', () => {
    expect(said({})).toMatchObject({ active_alarms: 0, worst: null, last_mail: 'off', alarm_storage: false, alarm_storage_since: null });
  });
});

describe('happened', () => {
  const change = (before: AlarmState, after: AlarmState, rule = RULE, value: AlarmChange['value'] = 85.049): AlarmChange => {
    return { rule, before, after, atMs: Date.UTC(2026, 0, 1, 0, 1), sinceMs: Date.UTC(2026, 0, 1), value };
  };
  test.each<[AlarmState, AlarmState, string | undefined, string, string]>([
    [
      'pending',
      'active',
      'raised',
      'Critical: Overheating, Batterie 1 (85.0\u00a0°C)',
      'Critique\u00a0: Surchauffe, Batterie 1 (85,0\u00a0°C)',
    ],
    [
      'inactive',
      'active',
      'raised',
      'Critical: Overheating, Batterie 1 (85.0\u00a0°C)',
      'Critique\u00a0: Surchauffe, Batterie 1 (85,0\u00a0°C)',
    ],
    [
      ...(['active', 'acknowledged', 'acknowledged', 'Critical: Overheating, Batterie 1 (85.0\u00a0°C), acknowledged'] as const),
      'Critique\u00a0: Surchauffe, Batterie 1 (85,0\u00a0°C), acquitté',
    ],
    ['acknowledged', 'inactive', 'cleared', 'Critical: Overheating, Batterie 1, over', 'Critique\u00a0: Surchauffe, Batterie 1, terminé'],
    ['active', 'inactive', 'cleared', 'Critical: Overheating, Batterie 1, over', 'Critique\u00a0: Surchauffe, Batterie 1, terminé'],
    ['inactive', 'pending', undefined, '', ''],
    ['pending', 'inactive', undefined, '', ''],
  ])('%s to %s: %s', (before, after, type, en, fr) => {
    const [english, french] = (['en', 'fr'] as const).map((language) => alarmEvents([change(before, after)], language)[0]);
    if (type === undefined) return expect([english, french]).toEqual([undefined, undefined]);
    expect(english).toEqual({
      ...{ event_type: type, alarm: 'bat_01_hot', name: 'Overheating', device: 'Batterie 1', severity: 'critical', value: 85, unit: '°C' },
      ...{ since: '2026-01-01T00:00:00.000Z', at: '2026-01-01T00:01:00.000Z', text: en },
    });
    expect(french).toMatchObject({ event_type: type, name: 'Surchauffe', text: fr });
  });

  test('a flag has no value', () => {
    expect(alarmEvents([change('inactive', 'active', FLAG, true)], 'en')[0]).toMatchObject({ value: null, unit: '', severity: 'warning' });
  });
});
