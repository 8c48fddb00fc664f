/** What Seplos V2 and PACE rack batteries offer. */
import type { Entity, Text } from '../../model.ts';
import { CHARGE_LOW, CURRENT_LEVELS, levelEntities, TEMPERATURE_LEVELS, VOLTAGE_LEVELS } from './bms-alarms.ts';
import { cellEntities, namedSensor, sensorEntities } from './bms-cells.ts';
import { bitEntities, MORE_ENTITIES, PACK_ENTITIES } from './bms-pack.ts';
import { MAX_CELLS, MAX_SENSORS, PACE_FAULTS, PACE_LEVELS, PACE_TEMPERATURES } from './rack-values.ts';

type Table = Readonly<Record<string, Entity>>;
const SEEN = { whenSeen: true } as const;
const seen = (table: Table): Table => Object.fromEntries(Object.entries(table).map(([key, entity]) => [key, { ...entity, ...SEEN }]));
const problem = (en: string, fr: string): Entity => ({ name: { en, fr }, quantity: 'problem', diagnostic: true, ...SEEN });

const STATES: Readonly<Record<string, Text>> = {
  discharging: { en: 'Discharging', fr: 'En décharge' },
  charging: { en: 'Charging', fr: 'En charge' },
  floating: { en: 'Floating', fr: 'En maintien' },
  full: { en: 'Full', fr: 'Pleine' },
  standby: { en: 'Standby', fr: 'En attente' },
  off: { en: 'Off', fr: 'Arrêtée' },
};

const BOTH: Table = {
  ...PACK_ENTITIES,
  state_of_charge: { ...PACK_ENTITIES.state_of_charge, decimals: 1 },
  full_capacity: MORE_ENTITIES.full_capacity,
  design_capacity: MORE_ENTITIES.design_capacity,
  ...cellEntities(MAX_CELLS),
  ...sensorEntities(MAX_SENSORS),
  temperature_environment: namedSensor('Ambient temperature', 'Température ambiante'),
  temperature_switch: namedSensor('Switch temperature', 'Température des interrupteurs'),
  state: { name: { en: 'State', fr: 'État' }, quantity: 'enum', options: STATES, ...SEEN },
  charging_enabled: { ...MORE_ENTITIES.charging_enabled, ...SEEN },
  discharging_enabled: { ...MORE_ENTITIES.discharging_enabled, ...SEEN },
  balancing: { ...MORE_ENTITIES.balancing, ...SEEN },
  balancing_cells: MORE_ENTITIES.balancing_cells,
  short_circuit: problem('Short circuit', 'Court-circuit'),
};

export const SEPLOS_ENTITIES: Table = {
  ...BOTH,
  state_of_health: MORE_ENTITIES.state_of_health,
  ...levelEntities([...VOLTAGE_LEVELS, ...TEMPERATURE_LEVELS, ...CURRENT_LEVELS, CHARGE_LOW]),
  hardware_fault: problem('Hardware fault', 'Défaut matériel'),
  environment_alarm: problem('Ambient temperature out of limits', 'Température ambiante hors limites'),
  switch_hot: problem('Switches too hot', 'Interrupteurs trop chauds'),
};

export const PACE_ENTITIES: Table = {
  ...BOTH,
  ...levelEntities([...PACE_LEVELS, ...PACE_TEMPERATURES]),
  ...seen(bitEntities([CHARGE_LOW])),
  ...seen(bitEntities(PACE_FAULTS)),
  reversed: problem('Poles reversed', 'Pôles inversés'),
  full: { name: { en: 'Full', fr: 'Pleine' }, quantity: 'flag', diagnostic: true, ...SEEN },
};
