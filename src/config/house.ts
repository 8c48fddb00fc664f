/** A validated file as the program's own words: snake_case becomes camelCase, driver options stay the driver's. */

import { type RawAlarms, type RawBuzzer, type RawMail, toAlarms, toBuzzer, toMail } from './alarm-house.ts';
import type { CertifiedConfig } from './certified.ts';
import { type RawBattery, type RawRelay, toBattery, toRelay } from './house-control.ts';
import { COMMON_DEVICE_KEYS } from './schema.ts';
import { type RawShedding, toShedding } from './shedding-house.ts';
import type { DeviceConfig, HouseConfig } from './types.ts';

interface RawHouse {
  language: 'en' | 'fr';
  home_assistant: { discovery_prefix: string; status_topic: string };
  mqtt: { topic_root: string; min_interval_s: number; refresh_s: number; clear_retained_commands: boolean };
  privacy: { show_meter_ids: boolean };
  gpio: { backend: 'auto' | 'cdev' | 'sysfs' };
  storage: { flush_s: number };
  alarms: RawAlarms;
  shedding?: RawShedding;
  certified?: CertifiedConfig;
  mail: RawMail;
  buzzer: RawBuzzer;
  devices: ({ id: string; type: string; name?: string; place?: string; owner?: string } & Record<string, unknown>)[];
  relays: RawRelay[];
  batteries: RawBattery[];
}
/** Only for data that the schema accepted, defaults filled. */
export function toHouse(raw: Readonly<Record<string, unknown>>): HouseConfig {
  const house = raw as unknown as RawHouse;
  const [mail, buzzer, shedding] = [toMail(house.mail), toBuzzer(house.buzzer), toShedding(house.shedding)];
  return {
    version: 1,
    language: house.language,
    homeAssistant: { discoveryPrefix: house.home_assistant.discovery_prefix, statusTopic: house.home_assistant.status_topic },
    mqtt: {
      topicRoot: house.mqtt.topic_root,
      minIntervalS: house.mqtt.min_interval_s,
      refreshS: house.mqtt.refresh_s,
      clearRetainedCommands: house.mqtt.clear_retained_commands,
    },
    privacy: { showMeterIds: house.privacy.show_meter_ids },
    gpio: { backend: house.gpio.backend },
    storage: { flushS: house.storage.flush_s },
    alarms: toAlarms(house.alarms),
    ...(mail !== undefined && { mail }),
    ...(buzzer !== undefined && { buzzer }),
    ...(shedding !== undefined && { shedding }),
    ...(house.certified !== undefined && { certified: house.certified }),
    devices: house.devices.map(toDevice),
    relays: house.relays.map(toRelay),
    batteries: house.batteries.map(toBattery),
  };
}

function toDevice(entry: RawHouse['devices'][number]): DeviceConfig {
  const options = Object.fromEntries(Object.entries(entry).filter(([key]) => !COMMON_DEVICE_KEYS.includes(key)));
  const { id, type, name, place, owner } = entry;
  const given = { ...(name !== undefined && { name }), ...(place !== undefined && { place }), ...(owner !== undefined && { owner }) };
  return { id, type, options, ...given };
}
