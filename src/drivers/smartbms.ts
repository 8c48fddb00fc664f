/** Green-BMS SmartBMS (Arduino): reads its pages over the serial line meant for its Bluetooth module. Never writes a setting. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity, type Value } from '../model.ts';
import type { Clock, SerialLine } from '../ports/types.ts';
import type { SensorDriver } from './driver.ts';
import { cellEntities, namedSensor, sensorEntities } from './lib/bms-cells.ts';
import { MORE_ENTITIES, PACK_ENTITIES } from './lib/bms-pack.ts';
import { type LineReader, lineReader } from './lib/line-reader.ts';
import { PORT, period } from './lib/serial-options.ts';
import { allCells, CELL_PROBLEMS, type Cell, cellsIn, type Layout, layoutOf, MOST_CELLS, packOf, readItems } from './lib/smartbms-lines.ts';

interface SmartBmsOptions {
  readonly port: string;
  readonly period_s: number;
}

const options: JSONSchemaType<SmartBmsOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['port', 'period_s'],
  properties: { port: PORT, period_s: period(10) },
};

const { voltage, current, power, state_of_charge } = PACK_ENTITIES;
const entities: Readonly<Record<string, Entity>> = {
  ...{ voltage, current, power, state_of_charge },
  design_capacity: MORE_ENTITIES.design_capacity,
  activity: {
    name: { en: 'Activity', fr: 'Activité' },
    quantity: 'enum',
    options: {
      idle: { en: 'Idle', fr: 'Repos' },
      charging: { en: 'Charging', fr: 'Charge' },
      discharging: { en: 'Discharging', fr: 'Décharge' },
    },
  },
  ...cellEntities(MOST_CELLS),
  temperature_max: namedSensor('Hottest cell', 'Cellule la plus chaude'),
  resistor_temperature_max: { ...namedSensor('Hottest resistor', 'Résistance la plus chaude'), diagnostic: true },
  ...sensorEntities(MOST_CELLS),
  balancing: MORE_ENTITIES.balancing,
  balancing_cells: MORE_ENTITIES.balancing_cells,
  alarm: { name: { en: 'Alarm of the BMS', fr: 'Alarme du BMS' }, quantity: 'problem' },
  ...Object.fromEntries(
    CELL_PROBLEMS.map(([, key, en, fr]): [string, Entity] => [key, { name: { en, fr }, quantity: 'problem', diagnostic: true }]),
  ),
};

/** A line comes every 400 ms; the pages begin where they were left. */
const PAGE_MS = 4_000;
const LINE_MS = 400;
/** The general alarm is told every 5 s, on any page. */
const ALARM_MS = 15_000;

export const smartbms: SensorDriver<SmartBmsOptions, typeof entities> = {
  type: 'smartbms',
  title: { en: 'Green-BMS SmartBMS', fr: 'Green-BMS SmartBMS' },
  proof: 'vendor-document',
  options,
  describe: ({ period_s }) => ({ manufacturer: 'Green-BMS', model: 'SmartBMS', periodMs: Math.max(10, period_s) * 1000, entities }),
  async *read({ options: o, ports, clock, signal }) {
    await using line = await ports.serial.open(o.port, { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 }, signal);
    const session: Session = { line, clock, reader: lineReader(line, clock), life: 0, lines: 0, alarm: undefined };
    const layout = await layoutFrom(session);
    for (;;) {
      const startedMs = clock.monotonicMs();
      const pack = await packFrom(session, layout);
      const cells = await cellsFrom(session, layout);
      const { alarm } = session;
      const heard = alarm !== undefined && clock.monotonicMs() - alarm.atMs <= ALARM_MS ? alarm.on : null;
      yield { ...pack, ...cells, design_capacity: layout.capacityAh, alarm: heard };
      await pass(session, Math.max(startedMs + o.period_s * 1000, clock.monotonicMs() + LINE_MS));
    }
  },
};

interface Session {
  readonly line: SerialLine;
  readonly clock: Clock;
  readonly reader: LineReader;
  life: number;
  lines: number;
  alarm: { readonly on: boolean; readonly atMs: number } | undefined;
}

async function layoutFrom(session: Session): Promise<Layout> {
  await select(session, '#s2', '#h1');
  let before: Layout | undefined;
  // Lines have no checksum, and this one is believed until the port is closed: twice the same, or it is not.
  return await heard(session, PAGE_MS, (items) => {
    const told = layoutOf(items);
    const same = told !== undefined && told.cells === before?.cells && told.capacityAh === before.capacityAh;
    before = told ?? before;
    return same ? told : undefined;
  });
}

async function packFrom(session: Session, layout: Layout): Promise<Record<string, Value>> {
  await select(session, '#s2', '#h0');
  return await heard(session, PAGE_MS, (items) => packOf(items, layout));
}

/** Two cells a line; with an odd number the last line has one too many. */
async function cellsFrom(session: Session, layout: Layout): Promise<Record<string, Value>> {
  await select(session, '#s3');
  const found = new Map<number, Cell>();
  return await heard(session, PAGE_MS + layout.cells * LINE_MS, (items) => {
    for (const [number, cell] of cellsIn(items)) if (number >= 1 && number <= layout.cells) found.set(number, cell);
    if (found.size < layout.cells) return undefined;
    return allCells([...found].sort(([a], [b]) => a - b).map(([, cell]) => cell));
  });
}

/** Names the page; the life number must change at least every 15 s, or the controller falls silent. */
async function select(session: Session, ...commands: readonly string[]): Promise<void> {
  session.life = (session.life % 900) + 1;
  const text = [...commands, `#m${session.life}`].map((command) => `${command}\r\n`).join('');
  await session.line.write(Buffer.from(text, 'latin1'));
}

/** What `find` makes of the first line it understands. Throws DeviceError when none comes in time. */
async function heard<T>(session: Session, ms: number, find: (items: ReadonlyMap<string, string>) => T | undefined): Promise<T> {
  const deadlineMs = session.clock.monotonicMs() + ms;
  for (;;) {
    const items = await nextItems(session, deadlineMs);
    if (items === undefined) throw silent(session);
    const found = find(items);
    if (found !== undefined) return found;
  }
}

/** Lines that come meanwhile are old when they are wanted. */
async function pass(session: Session, untilMs: number): Promise<void> {
  while ((await nextItems(session, untilMs)) !== undefined);
}

/** Undefined at the deadline. Keeps the alarm, which comes between all others. */
async function nextItems(session: Session, deadlineMs: number): Promise<ReadonlyMap<string, string> | undefined> {
  const next = await session.reader.next(deadlineMs);
  if (next === 'late') return undefined;
  if (next === 'end') throw new DeviceError('the port was closed');
  session.lines += 1;
  const items = readItems(next.line);
  const alarm = items?.get('i001');
  if (alarm === '0' || alarm === '1') session.alarm = { on: alarm === '1', atMs: session.clock.monotonicMs() };
  return items ?? new Map();
}

function silent({ lines }: Session): DeviceError {
  const mend =
    'Check that the adapter hangs on the wires of the Bluetooth module (9600 baud, 5 V), RX and TX crossed, and no phone is connected';
  return new DeviceError(lines === 0 ? 'silence on the SmartBMS line' : 'the SmartBMS does not send the page that was asked for', { mend });
}
