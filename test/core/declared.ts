/** What the simulated house declares: the list against which a real Core is held. */
import { resolveDevices } from '../../src/app-devices.ts';
import { demoYaml } from '../../src/config/demo.ts';
import { toHouse } from '../../src/config/house.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { describeRelay } from '../../src/control/relay-device.ts';
import { drivers } from '../../src/drivers/index.ts';
import { describeApp } from '../../src/homeassistant/app-device.ts';
import type { AnnouncedDevice } from '../../src/homeassistant/types.ts';
import type { Entity, Language } from '../../src/model.ts';

/** All devices of the simulated house: sources, relays, and the app itself first. */
export function declaredDevices(language: Language): AnnouncedDevice[] {
  const house = toHouse(validateHouse(demoYaml(language), 'demo', drivers).raw);
  const sources = resolveDevices(house.devices, drivers, language).map(({ config: { id }, name, description }) => ({
    id,
    name,
    description,
  }));
  const relays = house.relays.map(({ id, name = id }) => ({ id, name, description: describeRelay(id) }));
  return [{ id: 'bridge', name: 'Boxénergie', description: describeApp(sources) }, ...sources, ...relays];
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
