/** Keeps the newest of everything until a broker is known, then lets the bridge tell Home Assistant. */
import type { HouseConfig } from './config/types.ts';
import { startBridge } from './homeassistant/bridge.ts';
import type { AnnouncedDevice, Bridge, BridgeStats, Command, Happening } from './homeassistant/types.ts';
import type { Log } from './log.ts';
import type { Value } from './model.ts';
import type { Clock, Ports } from './ports/types.ts';
import type { Store } from './store/types.ts';

export interface BrokerAccess {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly ca?: string;
}
export interface Announcer extends AsyncDisposable {
  readonly connected: boolean;
  readonly stats: BridgeStats;
  publish(deviceId: string, values: Readonly<Record<string, Value>>): void;
  /** Something happened: told once. */
  tell(deviceId: string, key: string, what: Happening): void;
  setAvailable(deviceId: string, available: boolean): void;
}
export interface AnnounceOptions {
  readonly house: HouseConfig;
  readonly install: string;
  readonly version: string;
  readonly devices: readonly AnnouncedDevice[];
  readonly ports: Ports;
  readonly clock: Clock;
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly log: Log;
  findBroker(signal: AbortSignal): Promise<BrokerAccess | undefined>;
  onCommand(command: Command): void;
}

const MOST_EARLY = 20;
const NOTHING: BridgeStats = { published: 0, refusedCommands: 0, reconnects: 0 };

/** Works from the first moment; publishes once there is a broker. */
export function announce(options: AnnounceOptions): Announcer {
  let bridge: Bridge | undefined;
  const early = new Map<string, Record<string, Value>>();
  const available = new Map<string, boolean>();
  const happened: Parameters<Announcer['tell']>[] = [];
  const facts = new Map(Object.entries(options.store.initial.facts));

  const start = async (): Promise<void> => {
    const access = await options.findBroker(options.signal);
    if (access === undefined || options.signal.aborted) return;
    const { house, install, version } = options;
    const { discoveryPrefix, statusTopic } = house.homeAssistant;
    bridge = startBridge({
      ...options,
      identity: { install, version, language: house.language, topicRoot: house.mqtt.topicRoot, discoveryPrefix, statusTopic },
      brokers: options.ports.brokers,
      access,
      memory: {
        load: (name) => facts.get(name),
        save(name, value) {
          facts.set(name, value);
          options.store.saveFact(name, value);
        },
      },
      minIntervalS: house.mqtt.minIntervalS,
      refreshS: house.mqtt.refreshS,
      clearRetainedCommands: house.mqtt.clearRetainedCommands,
      showPersonal: house.privacy.showMeterIds,
    });
    for (const [id, values] of early) bridge.publish(id, values);
    for (const [id, now] of available) bridge.setAvailable(id, now);
    for (const one of happened.splice(0)) bridge.tell(...one);
    early.clear();
  };
  start().catch((error: unknown) => options.log('error', `MQTT: ${String(error)}`));

  return {
    get connected() {
      return bridge?.connected ?? false;
    },
    get stats() {
      return bridge?.stats ?? NOTHING;
    },
    publish(deviceId, values) {
      if (bridge === undefined) early.set(deviceId, { ...early.get(deviceId), ...values });
      else bridge.publish(deviceId, values);
    },
    tell(...one) {
      if (bridge !== undefined) bridge.tell(...one);
      else if (happened.push(one) > MOST_EARLY) happened.shift();
    },
    setAvailable(deviceId, now) {
      available.set(deviceId, now);
      bridge?.setAvailable(deviceId, now);
    },
    async [Symbol.asyncDispose]() {
      await bridge?.[Symbol.asyncDispose]();
    },
  };
}
