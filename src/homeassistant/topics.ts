/** Every topic and id in one place; nothing that people type can escape its level. */
import { APP_DEVICE_ID } from './app-device.ts';
import type { Identity } from './types.ts';

export interface Topics {
  /** Bridge availability, also the last will. */
  readonly status: string;
  /** Filter of all our command topics. */
  readonly commands: string;
  readonly statusOfHomeAssistant: string;
  state(deviceId: string): string;
  availability(deviceId: string): string;
  command(deviceId: string, key: string): string;
  /** Where what happens is told, once. */
  event(deviceId: string, key: string): string;
  discovery(deviceId: string): string;
  uniqueId(deviceId: string, key: string): string;
  /** Identifier in the device registry; the same as in the discovery topic. */
  deviceUid(deviceId: string): string;
  /** Which running copy of the app holds this installation. */
  readonly instance: string;
  /** What a device with this discovery topic leaves retained beside it; empty for topics that are not ours. */
  besides(discoveryTopic: string): string[];
  /** Device and key of a command topic; undefined for anything else. */
  readCommand(topic: string): { readonly deviceId: string; readonly key: string } | undefined;
}

/** Topics of one installation: its id is part of each, so two houses on one broker never meet. */
export function createTopics({ topicRoot, install, discoveryPrefix, statusTopic }: Identity): Topics {
  const root = `${topicRoot}/${install}`;
  const uid = (deviceId: string): string => deviceUidOf(install, deviceId);
  return {
    status: `${root}/status`,
    commands: `${root}/+/+/set`,
    statusOfHomeAssistant: statusTopic,
    instance: `${root}/instance`,
    besides(discoveryTopic) {
      const start = `/device/boxenergie_${install}_`;
      const at = discoveryTopic.lastIndexOf(start);
      const device = discoveryTopic.slice(at + start.length, -'/config'.length);
      if (at < 0 || !discoveryTopic.endsWith('/config') || device !== safe(device)) return [];
      return [`${root}/${device}/available`, `${root}/${device}/state`];
    },
    state: (deviceId) => `${root}/${safe(deviceId)}/state`,
    availability: (deviceId) => `${root}/${safe(deviceId)}/available`,
    command: (deviceId, key) => `${root}/${safe(deviceId)}/${safe(key)}/set`,
    event: (deviceId, key) => `${root}/${safe(deviceId)}/${safe(key)}/event`,
    discovery: (deviceId) => `${discoveryPrefix}/device/${uid(deviceId)}/config`,
    deviceUid: uid,
    uniqueId: (deviceId, key) => uniqueIdOf(install, deviceId, key),
    readCommand(topic) {
      if (!topic.startsWith(`${root}/`)) return undefined;
      const [deviceId, key, set, ...rest] = topic.slice(root.length + 1).split('/');
      return deviceId && key && set === 'set' && rest.length === 0 ? { deviceId, key } : undefined;
    },
  };
}

/** Identifier of a device in the device registry. */
export function deviceUidOf(install: string, deviceId: string): string {
  return `boxenergie_${install}_${safe(deviceId)}`;
}

export function uniqueIdOf(install: string, deviceId: string, key: string): string {
  return `${deviceUidOf(install, deviceId)}_${safe(key)}`;
}

/** Home Assistant ignores ids with other characters; topics would gain levels or wildcards. */
function safe(text: string): string {
  return text.replace(/[^a-zA-Z0-9_-]/g, '_') || '_';
}

/** `linky_apparent_power`; the key alone where it names its device already (`rs_01`, `au_rs_01`). */
export function objectId(deviceId: string, key: string): string {
  if (deviceId === APP_DEVICE_ID) return slug(`boxenergie_${key}`);
  return slug(key.includes(deviceId) ? key : `${deviceId}_${key}`);
}

/** As Home Assistant spells the second half of an entity id. */
function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_|_$/g, '') || 'entity'
  );
}
