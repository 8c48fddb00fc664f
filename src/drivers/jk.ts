/** JK (Jikong) battery management systems of the B and BD series, over the 4E57 protocol of their GPS port or RS485 adapter. */
import type { JSONSchemaType } from 'ajv';
import type { Entity } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { cellEntities, namedSensor, sensorEntities } from './lib/bms-cells.ts';
import { bitEntities, MORE_ENTITIES, PACK_ENTITIES } from './lib/bms-pack.ts';
import { findJkAnswer, JK_READ_ALL, jkValues, MAX_CELLS, WARNINGS } from './lib/jk-frame.ts';
import { restOfPeriod } from './lib/rest-of-period.ts';
import { baudRate, PORT, period } from './lib/serial-options.ts';
import { openQueryLine } from './lib/serial-query.ts';

interface JkOptions {
  readonly port: string;
  readonly baud_rate: number;
  readonly period_s: number;
}

const options: JSONSchemaType<JkOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['port', 'baud_rate', 'period_s'],
  properties: { port: PORT, baud_rate: baudRate(115_200), period_s: period(2) },
};

const SEEN = { whenSeen: true } as const;
/** A board of 200 A, with room, in Ah per hour. */
const CYCLED = { from: 'index', maxPerHour: 1000 } as const;
const { remaining_capacity: _none, ...PACK } = PACK_ENTITIES;

const entities: Readonly<Record<string, Entity>> = {
  ...PACK,
  charge_cycled: {
    name: { en: 'Charge cycled', fr: 'Charge cyclée' },
    quantity: 'charge',
    decimals: 0,
    diagnostic: true,
    total: CYCLED,
    ...SEEN,
  },
  ...cellEntities(MAX_CELLS),
  temperature_switch: namedSensor('Switch temperature', 'Température des interrupteurs'),
  ...sensorEntities(2),
  charging_enabled: MORE_ENTITIES.charging_enabled,
  discharging_enabled: MORE_ENTITIES.discharging_enabled,
  balancing: MORE_ENTITIES.balancing,
  design_capacity: MORE_ENTITIES.design_capacity,
  full_capacity: { ...MORE_ENTITIES.full_capacity, ...SEEN },
  firmware: MORE_ENTITIES.firmware,
  ...bitEntities(WARNINGS),
};

export const jk: SensorDriver<JkOptions, typeof entities> = {
  type: 'jk',
  title: { en: 'JK battery (4E57 protocol, B and BD series)', fr: 'Batterie JK (protocole 4E57, séries B et BD)' },
  proof: 'recorded',
  options,
  describe: ({ period_s }) => ({ manufacturer: 'JK', model: 'Smart BMS', periodMs: period_s * 1000, entities }),
  async *read(context) {
    const { options: o, clock, signal } = context;
    await using line = await openQueryLine(context, {
      path: o.port,
      serial: { baudRate: o.baud_rate, dataBits: 8, parity: 'none', stopBits: 1 },
      timeoutMs: 1000,
      gapMs: 100,
      attempts: 3,
    });
    for (;;) {
      const startedMs = clock.monotonicMs();
      const [data] = await line.ask(JK_READ_ALL, findJkAnswer);
      yield jkValues(data);
      await restOfPeriod(clock, signal, startedMs, o.period_s);
    }
  },
};
