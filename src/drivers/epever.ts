/** EPEver (EPSolar) Tracer A, AN, BN, XTRA and kin: solar charge controllers over Modbus. Only reads, never writes. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity, type Value } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { type EpeverField, LIVE, SLOW } from './lib/epever-map.ts';
import { STATUS_ENTITIES, statusValues } from './lib/epever-status.ts';
import { MODBUS_REQUIRED, type ModbusOptions, modbusProperties, settingsOf, targetOf } from './lib/modbus-options.ts';
import { createReader } from './lib/modbus-reader.ts';
import { scaledValue } from './lib/registers.ts';
import { round } from './lib/round.ts';

type Entities = Readonly<Record<string, Entity>>;
/** Words of the fields that the controller gave. */
export type Answers = ReadonlyMap<EpeverField, readonly number[]>;

const options: JSONSchemaType<ModbusOptions> = {
  type: 'object',
  additionalProperties: false,
  required: MODBUS_REQUIRED,
  properties: modbusProperties({ baudRate: 115_200, periodS: 10 }),
};

/** Statistics and settings change slowly, and long answers disturb other devices on the line. */
const SLOW_MS = 30_000;
/** Blocks are the registers that follow each other: any hole inside makes the controller refuse the block (batteries 3.6). */
const BLOCKS = { maxWords: 18, maxGap: 0 } as const;

const BATTERY_TYPES: Readonly<Record<string, { readonly en: string; readonly fr: string }>> = {
  user: { en: 'User-defined', fr: "Défini par l'utilisateur" },
  sealed: { en: 'Sealed lead', fr: 'Plomb étanche' },
  gel: { en: 'Gel', fr: 'Gel' },
  flooded: { en: 'Flooded lead', fr: 'Plomb ouvert' },
  lifepo4: { en: 'Lithium iron phosphate', fr: 'Lithium fer phosphate' },
  nmc: { en: 'Lithium NMC', fr: 'Lithium NMC' },
};
const TYPE_CODES = ['user', 'sealed', 'gel', 'flooded', ...Array(4).fill('lifepo4'), ...Array(5).fill('nmc')] as readonly string[];

const entities: Entities = {
  battery_voltage: { name: { en: 'Battery voltage', fr: 'Tension batterie' }, quantity: 'voltage', decimals: 2, deadBand: 0.01 },
  battery_current: { name: { en: 'Battery current', fr: 'Courant batterie' }, quantity: 'current', decimals: 2, deadBand: 0.02 },
  battery_power: { name: { en: 'Battery power', fr: 'Puissance batterie' }, quantity: 'power', decimals: 1, deadBand: 0.5 },
  ...Object.fromEntries([...LIVE, ...SLOW].flatMap(({ key, entity }) => (entity === undefined ? [] : [[key, entity]]))),
  ...STATUS_ENTITIES,
  over_temperature: {
    name: { en: 'Controller too hot', fr: 'Régulateur trop chaud' },
    quantity: 'problem',
    diagnostic: true,
    whenSeen: true,
  },
  night: { name: { en: 'Night', fr: 'Nuit' }, quantity: 'flag', diagnostic: true, whenSeen: true },
  battery_type: {
    name: { en: 'Battery type set', fr: 'Type de batterie réglé' },
    quantity: 'enum',
    options: BATTERY_TYPES,
    diagnostic: true,
    whenSeen: true,
  },
};

export const epever: SensorDriver<ModbusOptions, Entities> = {
  type: 'epever',
  title: { en: 'EPEver solar charge controller', fr: 'Régulateur solaire EPEver' },
  proof: 'recorded',
  options,
  describe: ({ period_s }) => ({ manufacturer: 'EPEver', model: 'Tracer', periodMs: period_s * 1000, entities }),
  async *read({ options: o, ports, clock, signal }) {
    await using bus = await ports.modbus.open(settingsOf(o), signal);
    const source = { bus, target: targetOf(o), ...BLOCKS };
    const live = createReader(LIVE, source);
    const slow = createReader(SLOW, source);
    for (let slowDueMs = clock.monotonicMs(); ; ) {
      const answers = await live.read();
      if (answers.size === 0) {
        const mend = 'Check the unit number, and that this is an EPEver controller';
        throw new DeviceError(`unit ${o.unit} refuses all registers of an EPEver controller`, { mend });
      }
      if (clock.monotonicMs() >= slowDueMs) {
        slowDueMs = clock.monotonicMs() + SLOW_MS;
        for (const [field, words] of await slow.read()) answers.set(field, words);
      }
      yield decode(answers);
      await clock.sleep(o.period_s * 1000, signal);
    }
  },
};

/** Values of what was answered; what was refused has no key. Exported for the recorded registers. */
export function decode(answers: Answers): Record<string, Value> {
  const known = new Map([...answers].map(([field, words]) => [field.key, scaledValue(words, field)]));
  const values: Record<string, Value> = {};
  for (const { key, entity } of answers.keys()) if (entity !== undefined) values[key] = known.get(key) ?? null;
  const status = (part: string): number | undefined => known.get(`status_${part}`) ?? undefined;
  Object.assign(values, statusValues({ battery: status('battery'), charger: status('charger'), load: status('load') }), battery(known));
  for (const key of ['over_temperature', 'night']) if (known.has(key)) values[key] = known.get(key) === 1;
  if (known.has('battery_type')) values.battery_type = TYPE_CODES[known.get('battery_type') ?? -1] ?? null;
  return values;
}

/**
 * Voltage and net current of the battery, positive charging. The charger's own terminals and the difference of charge and load
 * stand in on controllers that have no net registers, not for net values that are implausible.
 */
function battery(known: ReadonlyMap<string, number | null>): Record<string, Value> {
  const voltage = known.get(known.has('filtered_voltage') ? 'filtered_voltage' : 'charger_voltage');
  const current = known.has('net_current') ? known.get('net_current') : difference(known.get('charge_current'), known.get('load_current'));
  if (voltage === undefined && current === undefined) return {};
  const power = typeof voltage === 'number' && typeof current === 'number' ? round(voltage * current, 2) : null;
  return { battery_voltage: voltage ?? null, battery_current: current ?? null, battery_power: power };
}

function difference(a: number | null | undefined, b: number | null | undefined): number | null {
  return typeof a === 'number' && typeof b === 'number' ? round(a - b, 2) : null;
}
