/** Daly battery management systems with the 13-byte protocol, over UART or RS485, up to sixteen on one line. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity, type Value } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { cellEntities, sensorEntities } from './lib/bms-cells.ts';
import { MORE_ENTITIES, PACK_ENTITIES } from './lib/bms-pack.ts';
import { ALARM_ENTITIES, alarmsOf } from './lib/daly-alarms.ts';
import * as frames from './lib/daly-frame.ts';
import { askKnown } from './lib/optional-answers.ts';
import { restOfPeriod } from './lib/rest-of-period.ts';
import { baudRate, PORT, period, unit } from './lib/serial-options.ts';
import { openQueryLine } from './lib/serial-query.ts';

interface DalyOptions {
  readonly port: string;
  readonly unit: number;
  readonly baud_rate: number;
  readonly period_s: number;
}

const options: JSONSchemaType<DalyOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['port', 'unit', 'baud_rate', 'period_s'],
  properties: { port: PORT, unit: unit(1, 16), baud_rate: baudRate(9600), period_s: period(5) },
};

const CELLS = 48;
const SENSORS = 16;
const SEEN = { whenSeen: true } as const;

const entities: Readonly<Record<string, Entity>> = {
  ...PACK_ENTITIES,
  state: {
    name: { en: 'State', fr: 'État' },
    quantity: 'enum',
    options: {
      idle: { en: 'Idle', fr: 'Au repos' },
      charging: { en: 'Charging', fr: 'En charge' },
      discharging: { en: 'Discharging', fr: 'En décharge' },
    },
  },
  ...cellEntities(CELLS),
  ...sensorEntities(SENSORS),
  charging_enabled: MORE_ENTITIES.charging_enabled,
  discharging_enabled: MORE_ENTITIES.discharging_enabled,
  charger_connected: { name: { en: 'Charger connected', fr: 'Chargeur branché' }, quantity: 'connectivity', diagnostic: true },
  load_connected: { name: { en: 'Load connected', fr: 'Consommateur branché' }, quantity: 'connectivity', diagnostic: true },
  balancing: { ...MORE_ENTITIES.balancing, ...SEEN },
  balancing_cells: MORE_ENTITIES.balancing_cells,
  design_capacity: { ...MORE_ENTITIES.design_capacity, ...SEEN },
  ...ALARM_ENTITIES,
};

type Row = Record<string, Value>;
/** What many boards leave unanswered. */
const OPTIONAL = [
  { command: 0x50, decode: frames.ratingOf, optional: true },
  { command: 0x97, decode: frames.balancingOf, optional: true },
  { command: 0x98, decode: alarmsOf, optional: true },
] as const;
type Ask = (command: number, count?: number) => Promise<readonly [DataView, ...DataView[]]>;

export const daly: SensorDriver<DalyOptions, typeof entities> = {
  type: 'daly',
  title: { en: 'Daly battery', fr: 'Batterie Daly' },
  proof: 'recorded',
  options,
  describe: ({ period_s }) => ({ manufacturer: 'Daly', model: 'Smart BMS', periodMs: period_s * 1000, entities }),
  async *read(context) {
    const { options: o, clock, signal } = context;
    await using line = await openQueryLine(context, {
      path: o.port,
      serial: { baudRate: o.baud_rate, dataBits: 8, parity: 'none', stopBits: 1 },
      timeoutMs: 500,
      gapMs: 50,
      attempts: 3,
    });
    const ask: Ask = (command, count) => line.ask(frames.dalyRequest(o.unit, command), frames.findDalyAnswer(o.unit, command), count);
    const kinds = new Set(OPTIONAL);
    for (let proven = false; ; proven = true) {
      const startedMs = clock.monotonicMs();
      const values = await measured(ask);
      const more = await askKnown(kinds, proven, async ({ command, decode }) => decode((await ask(command))[0]));
      yield { ...values, ...more };
      await restOfPeriod(clock, signal, startedMs, o.period_s);
    }
  },
};

/** What every board answers: its shape, measurements, state, cells, sensors. */
async function measured(ask: Ask): Promise<Row> {
  const { cells, sensors, values } = frames.shapeOf((await ask(0x94))[0]);
  if (cells === 0 || cells > CELLS || sensors > SENSORS) throw new DeviceError(`${cells} cells and ${sensors} sensors announced`);
  const pack = frames.packOf((await ask(0x90))[0]);
  const state = frames.stateOf((await ask(0x93))[0]);
  const cellRow = frames.cellsOf(await ask(0x95, Math.ceil(cells / frames.CELLS_PER_FRAME)), cells);
  if (cellRow === undefined) throw new DeviceError('the frames of the cell voltages do not fit together');
  const sensorRow = sensors === 0 ? {} : frames.sensorsOf(await ask(0x96, Math.ceil(sensors / frames.SENSORS_PER_FRAME)), sensors);
  if (sensorRow === undefined) throw new DeviceError('the frames of the temperatures do not fit together');
  return { ...values, ...pack, ...state, ...cellRow, ...sensorRow, ...(frames.agree(pack, cellRow) ? {} : frames.UNSURE) };
}
