/** Alarm events in a real Home Assistant: told once, and nothing tells them again. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALARM_DEVICE_ID, ALARM_EVENTS, alarmEvents, alarmValues, describeAlarms } from '../../src/control/alarm-device.ts';
import type { AlarmRule } from '../../src/control/alarm-rules.ts';
import { type Mosquitto, startMosquitto } from '../broker/mosquitto.ts';
import { APP, type House, house, remembers } from '../homeassistant/cabin.ts';
import { type Core, startCore } from './core.ts';
import { type State, statesIn } from './registry.ts';
import { eventually, pause } from './waiting.ts';

const RULE: AlarmRule = {
  ...{ id: 'bat_01_hot', deviceId: 'bat_01', key: 'temperature', deviceName: 'Batterie 1', unit: '°C', severity: 'critical' },
  ...{ condition: { when: 'above', raise: 80, clear: 70 }, forMs: 0, clearForMs: 0 },
  ...{ name: { en: 'Overheating', fr: 'Surchauffe' }, advice: { en: '', fr: '' } },
};
const DEVICE = { id: ALARM_DEVICE_ID, name: 'Alarms', description: describeAlarms([RULE], { mail: false, buzzer: false }) };
const [RAISED] = alarmEvents([{ rule: RULE, before: 'inactive', after: 'active', atMs: 0, sinceMs: 0, value: 85 }], 'en');

let broker: Mosquitto;
let core: Core;
let mine: House;
const memory = remembers();
beforeAll(async () => {
  broker = await startMosquitto();
  core = await startCore();
  await core.useBroker(broker.port);
});
afterAll(async () => {
  await mine?.bridge[Symbol.asyncDispose]();
  await core?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

function open(install?: string): House {
  const opened = house(broker.url, { devices: [APP, DEVICE], memory, ...(install !== undefined && { install }) });
  opened.bridge.setAvailable(ALARM_DEVICE_ID, true);
  opened.bridge.publish(
    ALARM_DEVICE_ID,
    alarmValues({ rules: [RULE], active: [], stateOf: () => 'inactive', mail: undefined, buzzer: undefined }),
  );
  return opened;
}
const stateOf = async (id: string): Promise<State | undefined> => (await statesIn(core)).get(id);
const becomes = (id: string, is: (state: string | undefined) => boolean): Promise<void> =>
  eventually(`${id} as expected`, async () => is((await stateOf(id))?.state));

test('an event comes with its attributes, and stays one through the absence of the app, its return, and a restart of Home Assistant', async () => {
  mine = open();
  const { install } = mine.identity;
  await becomes('event.alarm_events', (state) => state === 'unknown');
  await becomes('sensor.active_alarms', (state) => state === '0');
  if (RAISED !== undefined) mine.bridge.tell(ALARM_DEVICE_ID, ALARM_EVENTS, RAISED);
  await becomes('event.alarm_events', (state) => /^\d{4}-/.test(state ?? ''));
  const told = await stateOf('event.alarm_events');
  expect(told?.attributes).toMatchObject({
    ...{ event_types: ['raised', 'acknowledged', 'cleared'], event_type: 'raised', alarm: 'bat_01_hot', severity: 'critical', value: 85 },
    text: 'Critical: Overheating, Batterie 1 (85.0\u00a0°C)',
  });

  await mine.bridge[Symbol.asyncDispose]();
  await becomes('sensor.active_alarms', (state) => state === 'unavailable');
  // It happened: that stays true while the app is away.
  expect((await stateOf('event.alarm_events'))?.state).toBe(told?.state);
  mine = open(install);
  await becomes('sensor.active_alarms', (state) => state === '0');
  await pause(2_000);
  expect((await stateOf('event.alarm_events'))?.state).toBe(told?.state);

  await core.stop();
  await core.start();
  await becomes('event.alarm_events', (state) => state === told?.state);
  await becomes('sensor.active_alarms', (state) => state === '0');
  await pause(2_000);
  expect(await stateOf('event.alarm_events')).toMatchObject({ state: told?.state, attributes: { event_type: 'raised' } });
  expect(core.complaints().filter((text) => /mqtt|alarm/i.test(text))).toEqual([]);
});
