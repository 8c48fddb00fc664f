/** Quantities in Home Assistant's words: platform, device class, state class. Source: its sensor documentation and unit tables. */
import { BOOLEAN_QUANTITIES, type Entity, type Quantity, TEXT_QUANTITIES, UNITS } from '../model.ts';

export type Platform = 'sensor' | 'binary_sensor' | 'switch' | 'button' | 'number' | 'event';
interface Classes {
  readonly device?: string;
  readonly state?: 'measurement' | 'total' | 'total_increasing';
}

/**
 * Indexes are `total` and not `total_increasing`: they are guarded never to go back, and `total` does not take a dip for a
 * reset of the meter, which would add the whole index to the statistics.
 */
const CLASSES: Readonly<Record<Quantity, Classes>> = {
  voltage: { device: 'voltage', state: 'measurement' },
  current: { device: 'current', state: 'measurement' },
  power: { device: 'power', state: 'measurement' },
  apparentPower: { device: 'apparent_power', state: 'measurement' },
  apparentPowerRating: { device: 'apparent_power', state: 'measurement' },
  energy: { device: 'energy', state: 'total' },
  reactiveEnergy: { device: 'reactive_energy', state: 'total' },
  charge: { state: 'measurement' },
  storedEnergy: { device: 'energy_storage', state: 'measurement' },
  resistance: { state: 'measurement' },
  temperature: { device: 'temperature', state: 'measurement' },
  frequency: { device: 'frequency', state: 'measurement' },
  duration: { device: 'duration', state: 'measurement' },
  ratio: { state: 'measurement' },
  stateOfCharge: { device: 'battery', state: 'measurement' },
  volumeWater: { device: 'water', state: 'total' },
  volumeGas: { device: 'gas', state: 'total' },
  flow: { device: 'volume_flow_rate', state: 'measurement' },
  count: { state: 'measurement' },
  tally: { state: 'total_increasing' },
  timestamp: { device: 'timestamp' },
  text: {},
  enum: { device: 'enum' },
  flag: {},
  problem: { device: 'problem' },
  opening: { device: 'opening' },
  connectivity: { device: 'connectivity' },
};

export function platformOf(entity: Entity): Platform {
  if (entity.command !== undefined) return entity.command;
  if (entity.events !== undefined) return 'event';
  return BOOLEAN_QUANTITIES.has(entity.quantity) ? 'binary_sensor' : 'sensor';
}

function isNumber({ quantity }: Entity): boolean {
  return !BOOLEAN_QUANTITIES.has(quantity) && !TEXT_QUANTITIES.has(quantity);
}

/** Device class, state class, unit, precision and options of an entity, as discovery spells them. */
export function classesOf(entity: Entity): Record<string, unknown> {
  const platform = platformOf(entity);
  if (platform === 'switch' || platform === 'button') return {};
  if (platform === 'event') return { event_types: entity.events };
  const { device, state } = CLASSES[entity.quantity];
  const unit = UNITS[entity.quantity];
  if (platform === 'number') {
    return {
      ...(device !== undefined && { device_class: device }),
      ...(unit !== null && { unit_of_measurement: unit }),
      ...entity.range,
      mode: 'box',
    };
  }
  return {
    ...(device !== undefined && { device_class: device }),
    // A rating or yesterday's maximum is no measurement of now: it stays out of statistics.
    ...(state !== undefined && entity.setting !== true && { state_class: state }),
    ...(unit !== null && { unit_of_measurement: unit }),
    // Home Assistant expects a number of whatever has a precision, and knows none for a yes/no.
    ...(entity.decimals !== undefined && isNumber(entity) && { suggested_display_precision: entity.decimals }),
    ...(entity.quantity === 'enum' && { options: Object.keys(entity.options ?? {}) }),
  };
}
