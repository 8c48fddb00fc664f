/** Any Modbus device by a table of its registers, written in the configuration. */
import type { JSONSchemaType } from 'ajv';
import type { SensorDriver } from './driver.ts';
import { type MapEntities, mapEntities, readMap } from './lib/modbus-map.ts';
import { MODBUS_REQUIRED, type ModbusOptions, modbusProperties } from './lib/modbus-options.ts';
import { checkRegisters, mapOf, REGISTER_SCHEMA, type RegisterOption } from './lib/modbus-register-options.ts';

interface MapOptions extends ModbusOptions {
  readonly max_block: number;
  readonly max_gap: number;
  readonly registers: readonly RegisterOption[];
}

const options: JSONSchemaType<MapOptions> = {
  type: 'object',
  additionalProperties: false,
  required: [...MODBUS_REQUIRED, 'max_block', 'max_gap', 'registers'],
  properties: {
    ...modbusProperties({ baudRate: 9_600, periodS: 10 }),
    max_block: {
      type: 'integer',
      minimum: 1,
      maximum: 125,
      default: 60,
      description: 'Most registers asked for at once',
      fr: 'Nombre maximal de registres demandés à la fois',
    },
    max_gap: {
      type: 'integer',
      minimum: 0,
      maximum: 124,
      default: 0,
      description: 'Unused registers that may be read along to save questions',
      fr: 'Registres inutilisés lus au passage pour épargner des questions',
    },
    registers: {
      type: 'array',
      minItems: 1,
      maxItems: 200,
      items: REGISTER_SCHEMA,
      description: 'The values and where they stand',
      fr: 'Les valeurs et leur place',
    },
  },
};

/** Only reads. A register that the unit refuses is left out for as long as the port is open, and counted. */
export const modbus: SensorDriver<MapOptions, MapEntities> = {
  type: 'modbus',
  title: { en: 'Modbus device', fr: 'Appareil Modbus' },
  proof: 'recorded',
  options,
  describe: ({ unit, period_s, registers }) => ({
    manufacturer: 'Modbus',
    model: `Unit ${unit}`,
    periodMs: period_s * 1000,
    entities: mapEntities(mapOf(registers)),
  }),
  async *read(context) {
    const { registers, max_block, max_gap } = context.options;
    checkRegisters(registers);
    yield* readMap(mapOf(registers), { maxWords: max_block, maxGap: max_gap }, context);
  },
};
