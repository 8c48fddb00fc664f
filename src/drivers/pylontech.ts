/** Pylontech low-voltage batteries (US, UP and Phantom series) over RS485, each pack of a stack by its address. */
import { asciiBattery } from './lib/ascii-battery.ts';
import { cellEntities, namedSensor, sensorEntities } from './lib/bms-cells.ts';
import { MORE_ENTITIES, PACK_ENTITIES } from './lib/bms-pack.ts';
import * as values from './lib/pylontech-values.ts';

export const pylontech = asciiBattery({
  type: 'pylontech',
  title: { en: 'Pylontech battery (RS485)', fr: 'Batterie Pylontech (RS485)' },
  manufacturer: 'Pylontech',
  model: 'Low-voltage battery',
  version: 0x20,
  // The first battery of a stack has the address 2.
  units: [0, 255, 2],
  baudRate: 115_200,
  entities: {
    ...PACK_ENTITIES,
    state_of_charge: { ...PACK_ENTITIES.state_of_charge, decimals: 1 },
    full_capacity: MORE_ENTITIES.full_capacity,
    ...cellEntities(values.MAX_CELLS),
    temperature_board: namedSensor('Board temperature', 'Température de la carte'),
    ...sensorEntities(values.MAX_SENSORS - 1),
    charging_enabled: MORE_ENTITIES.charging_enabled,
    discharging_enabled: MORE_ENTITIES.discharging_enabled,
    ...values.STATUS_ENTITIES,
    ...values.MANAGEMENT_ENTITIES,
  },
  answers: [
    { command: 0x42, decode: values.analogOf },
    { command: 0x44, decode: values.alarmsOf },
    // Older firmware does not know it, and of a stack only the first answers for all.
    { command: 0x92, decode: values.managementOf, optional: true },
  ],
});
