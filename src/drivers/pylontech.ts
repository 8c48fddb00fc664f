/** Pylontech low-voltage batteries (US, UP and Phantom series) over RS485, each pack of a stack by its address. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity, type Value } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { askAscii } from './lib/ascii-frame.ts';
import { cellEntities, namedSensor, sensorEntities } from './lib/bms-cells.ts';
import { MORE_ENTITIES, PACK_ENTITIES } from './lib/bms-pack.ts';
import * as values from './lib/pylontech-values.ts';
import { baudRate, PORT, period, unit } from './lib/serial-options.ts';
import { openQueryLine } from './lib/serial-query.ts';

interface PylontechOptions {
  readonly port: string;
  readonly unit: number;
  readonly baud_rate: number;
  readonly period_s: number;
}

const options: JSONSchemaType<PylontechOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['port', 'unit', 'baud_rate', 'period_s'],
  // The first battery of a stack has the address 2.
  properties: { port: PORT, unit: unit(0, 255, 2), baud_rate: baudRate(115_200), period_s: period(5) },
};

const entities: Readonly<Record<string, Entity>> = {
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
};

const [ANALOG, ALARMS, MANAGEMENT] = [0x42, 0x44, 0x92];
const VERSION = 0x20;

export const pylontech: SensorDriver<PylontechOptions, typeof entities> = {
  type: 'pylontech',
  title: { en: 'Pylontech battery (RS485)', fr: 'Batterie Pylontech (RS485)' },
  proof: 'recorded',
  options,
  describe: ({ period_s }) => ({ manufacturer: 'Pylontech', model: 'Low-voltage battery', periodMs: period_s * 1000, entities }),
  async *read(context) {
    const { options: o, clock, signal } = context;
    const device = { version: VERSION, address: o.unit };
    await using line = await openQueryLine(context, {
      path: o.port,
      serial: { baudRate: o.baud_rate, dataBits: 8, parity: 'none', stopBits: 1 },
      timeoutMs: 1000,
      gapMs: 50,
      attempts: 2,
    });
    // Older firmware does not know it, and of a stack only the first answers for all.
    let managed = true;
    for (;;) {
      const row: Record<string, Value> = values.analogOf(await askAscii(line, device, ANALOG));
      Object.assign(row, values.alarmsOf(await askAscii(line, device, ALARMS)));
      if (managed) {
        const management = await askAscii(line, device, MANAGEMENT).then(values.managementOf).catch(silent);
        managed = management !== undefined;
        Object.assign(row, management);
      }
      yield row;
      await clock.sleep(o.period_s * 1000, signal);
    }
  },
};

function silent(error: unknown): undefined {
  if (!(error instanceof DeviceError)) throw error;
}
