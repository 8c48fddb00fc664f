/** What the simulated house declares: the list against which a real Core is held. */
import { houseRules } from '../../src/app-alarm-rules.ts';
import { resolveDevices } from '../../src/app-devices.ts';
import { announced } from '../../src/app-words.ts';
import { demoYaml } from '../../src/config/demo.ts';
import { toHouse } from '../../src/config/house.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { ALARM_DEVICE_ID, ALARM_DEVICE_NAME, describeAlarms } from '../../src/control/alarm-device.ts';
import { drivers } from '../../src/drivers/index.ts';
import type { AnnouncedDevice } from '../../src/homeassistant/types.ts';
import type { Entity, Language } from '../../src/model.ts';

/** All devices of the simulated house: the app itself first, sources, relays, alarms. */
export function declaredDevices(language: Language): AnnouncedDevice[] {
  const house = toHouse(validateHouse(demoYaml(language), 'demo', drivers).raw);
  const opened = house.relays.map((config) => ({ config, line: 'not opened here' }));
  const subjects = announced(resolveDevices(house.devices, drivers, language), opened, { source: 'file', house, problems: [] });
  const { rules } = houseRules(house, subjects);
  const alarms = {
    id: ALARM_DEVICE_ID,
    name: ALARM_DEVICE_NAME[language],
    description: describeAlarms(rules, { mail: false, buzzer: false }),
  };
  return [...subjects, alarms];
}

export interface DeclaredEntity {
  readonly device: AnnouncedDevice;
  readonly key: string;
  readonly entity: Entity;
}

/** Every entity of its own; those shown as attributes are not. */
export function entitiesOf(devices: readonly AnnouncedDevice[]): DeclaredEntity[] {
  return devices.flatMap((device) =>
    Object.entries(device.description.entities)
      .filter(([, entity]) => entity.attributeOf === undefined)
      .map(([key, entity]) => ({ device, key, entity })),
  );
}
