/** JBD battery management systems (Xiaoxiang, Overkill Solar, most drop-in LiFePO4 batteries) over their serial port. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { cellEntities, sensorEntities } from './lib/bms-cells.ts';
import { bitEntities, MORE_ENTITIES, PACK_ENTITIES } from './lib/bms-pack.ts';
import { decodeBasic, decodeCells, findJbdAnswer, jbdRequest, PROTECTIONS } from './lib/jbd-frame.ts';
import { restOfPeriod } from './lib/rest-of-period.ts';
import { baudRate, PORT, period } from './lib/serial-options.ts';
import { openQueryLine, type QueryLine } from './lib/serial-query.ts';

interface JbdOptions {
  readonly port: string;
  readonly baud_rate: number;
  readonly period_s: number;
}

const options: JSONSchemaType<JbdOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['port', 'baud_rate', 'period_s'],
  properties: { port: PORT, baud_rate: baudRate(9600), period_s: period(2) },
};

/** The balance word has 32 bits; the largest boards have eight sensors. */
const CELLS = 32;
const SENSORS = 8;

const entities: Readonly<Record<string, Entity>> = {
  ...PACK_ENTITIES,
  ...cellEntities(CELLS),
  ...sensorEntities(SENSORS),
  charging_enabled: MORE_ENTITIES.charging_enabled,
  discharging_enabled: MORE_ENTITIES.discharging_enabled,
  balancing: MORE_ENTITIES.balancing,
  balancing_cells: MORE_ENTITIES.balancing_cells,
  design_capacity: MORE_ENTITIES.design_capacity,
  full_capacity: { ...MORE_ENTITIES.full_capacity, whenSeen: true },
  firmware: MORE_ENTITIES.firmware,
  ...bitEntities(PROTECTIONS),
};

const BASIC = 0x03;
const CELL_VOLTAGES = 0x04;

export const jbd: SensorDriver<JbdOptions, typeof entities> = {
  type: 'jbd',
  title: { en: 'JBD battery (Xiaoxiang, Overkill Solar)', fr: 'Batterie JBD (Xiaoxiang, Overkill Solar)' },
  proof: 'recorded',
  options,
  describe: ({ period_s }) => ({ manufacturer: 'JBD', model: 'Smart BMS', periodMs: period_s * 1000, entities }),
  async *read(context) {
    const { options: o, clock, signal } = context;
    await using line = await openQueryLine(context, {
      path: o.port,
      serial: { baudRate: o.baud_rate, dataBits: 8, parity: 'none', stopBits: 1 },
      timeoutMs: 1000,
      gapMs: 50,
      attempts: 2,
    });
    for (;;) {
      const startedMs = clock.monotonicMs();
      const basic = decodeBasic(await ask(line, BASIC));
      if (basic.cells > CELLS || basic.sensors > SENSORS)
        throw new DeviceError(`${basic.cells} cells and ${basic.sensors} sensors announced`);
      const cells = decodeCells(await ask(line, CELL_VOLTAGES), basic.cells);
      yield { ...basic.values, ...cells };
      await restOfPeriod(clock, signal, startedMs, o.period_s);
    }
  },
};

async function ask(line: QueryLine, command: number): Promise<Uint8Array> {
  const [{ status, data }] = await line.ask(jbdRequest(command), findJbdAnswer(command));
  if (status !== 0) throw new DeviceError(`the board refuses command ${command}`, { mend: 'Wake it with a small load or charge' });
  return data;
}
