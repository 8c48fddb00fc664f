/** All devices that a house announces, from its configuration alone: for tools that look without running. */
import { houseRules } from './app-alarm-rules.ts';
import { certifiedDevices } from './app-certified.ts';
import { createControl } from './app-control.ts';
import { resolveDevices } from './app-devices.ts';
import { createEnergy } from './app-energy.ts';
import { createShedding } from './app-shedding.ts';
import { announced } from './app-words.ts';
import type { HouseConfig } from './config/types.ts';
import { ALARM_DEVICE_ID, ALARM_DEVICE_NAME, describeAlarms } from './control/alarm-device.ts';
import { createSnapshot } from './control/snapshot.ts';
import type { AnyDriver } from './drivers/driver.ts';
import type { AnnouncedDevice } from './homeassistant/types.ts';
import type { Clock } from './ports/types.ts';
import type { Store } from './store/types.ts';

/** In the order in which the program announces them, the app itself first. */
export function devicesOfHouse(house: HouseConfig, drivers: readonly AnyDriver[], clock: Clock): AnnouncedDevice[] {
  const opened = house.relays.map((config) => ({ config, line: 'not opened' }));
  const subjects = announced(resolveDevices(house.devices, drivers, house.language), opened, { source: 'file', house, problems: [] });
  const parts = {
    house,
    snapshot: createSnapshot(() => 10_000),
    store: emptyStore(),
    clock,
    log: () => undefined,
    onValues: () => undefined,
  };
  const shedding = createShedding({ ...parts, random: () => 0.5 });
  const control = createControl({ ...parts, shedOf: shedding.of, onAlarm: () => undefined });
  const signal = new AbortController().signal;
  const energy = createEnergy({ ...parts, signal, guarded: control.devices, periodOf: () => 10_000 });
  const { rules } = houseRules(house, subjects);
  const offers = { mail: house.mail !== undefined, buzzer: house.buzzer !== undefined };
  const alarms = { id: ALARM_DEVICE_ID, name: ALARM_DEVICE_NAME[house.language], description: describeAlarms(rules, offers) };
  const certified = certifiedDevices(house);
  return [...subjects, ...energy.devices, ...shedding.devices, ...certified, alarms];
}

/** Nothing is known and nothing is kept. */
function emptyStore(): Store {
  const durable = async (): Promise<boolean> => true;
  const nothing = (): void => undefined;
  return {
    initial: { totals: [], relays: [], latches: [], facts: {} },
    health: { degraded: false, detail: '', dropped: 0 },
    ...{ saveTotal: nothing, saveRelay: nothing, saveFact: nothing, setLatch: durable, clearLatch: durable, flush: durable },
    journal: nothing,
    close: async () => undefined,
  };
}
