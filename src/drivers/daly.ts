/** Daly battery management systems with the 13-byte protocol, over UART or RS485, up to sixteen on one line. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity, type Value } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { cellEntities, sensorEntities } from './lib/bms-cells.ts';
import { MORE_ENTITIES, PACK_ENTITIES } from './lib/bms-pack.ts';
import { ALARM_ENTITIES, alarmsOf } from './lib/daly-alarms.ts';
import * as frames from './lib/daly-frame.ts';
import { baudRate, PORT, period, unit } from './lib/serial-options.ts';
import { openQueryLine, type QueryLine } from './lib/serial-query.ts';

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
const OPTIONAL: readonly (readonly [command: number, decode: (data: DataView) => Row])[] = [
  [0x97, frames.balancingOf],
  [0x98, alarmsOf],
];

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
    const board = boardOn(line, o.unit);
    const [first] = await board.ask(0x94);
    const rating = await board.tryOne(0x50, frames.ratingOf);
    const answered = new Set(OPTIONAL);
    for (let shape = first; ; [shape] = await board.ask(0x94)) {
      const values = await measured(board, frames.shapeOf(shape));
      for (const optional of answered) {
        const more = await board.tryOne(...optional);
        if (more === undefined) answered.delete(optional);
        Object.assign(values, more);
      }
      yield { ...rating, ...values };
      await clock.sleep(o.period_s * 1000, signal);
    }
  },
};

interface Board {
  ask(command: number, count?: number): Promise<readonly [DataView, ...DataView[]]>;
  /** Undefined when the board does not answer this command; its line may still be well. */
  tryOne(command: number, decode: (data: DataView) => Row): Promise<Row | undefined>;
}
function boardOn(line: QueryLine, board: number): Board {
  const ask: Board['ask'] = (command, count) => line.ask(frames.dalyRequest(board, command), frames.findDalyAnswer(board, command), count);
  return {
    ask,
    async tryOne(command, decode) {
      try {
        return decode((await ask(command))[0]);
      } catch (error) {
        if (error instanceof DeviceError) return undefined;
        throw error;
      }
    },
  };
}

/** What every board answers: measurements, state, cells, sensors. */
async function measured(board: Board, { cells, sensors, values }: frames.DalyShape): Promise<Row> {
  if (cells === 0 || cells > CELLS || sensors > SENSORS) throw new DeviceError(`${cells} cells and ${sensors} sensors announced`);
  const pack = frames.packOf((await board.ask(0x90))[0]);
  const state = frames.stateOf((await board.ask(0x93))[0]);
  const cellRow = frames.cellsOf(await board.ask(0x95, Math.ceil(cells / frames.CELLS_PER_FRAME)), cells);
  if (cellRow === undefined) throw new DeviceError('the frames of the cell voltages do not fit together');
  const sensorRow = sensors === 0 ? {} : frames.sensorsOf(await board.ask(0x96, Math.ceil(sensors / frames.SENSORS_PER_FRAME)), sensors);
  if (sensorRow === undefined) throw new DeviceError('the frames of the temperatures do not fit together');
  return { ...values, ...pack, ...state, ...cellRow, ...sensorRow };
}
