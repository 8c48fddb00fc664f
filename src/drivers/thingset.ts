/** Libre Solar battery management systems and charge controllers, by ThingSet text over a serial line. Only reads. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity, type Value } from '../model.ts';
import type { Clock, SerialLine } from '../ports/types.ts';
import type { ReadContext, SensorDriver } from './driver.ts';
import { type LineReader, lineReader } from './lib/line-reader.ts';
import { restOfPeriod } from './lib/rest-of-period.ts';
import { baudRate, PORT, period } from './lib/serial-options.ts';
import { THINGSET_ENTITIES, thingsetValues } from './lib/thingset-fields.ts';
import type { Groups } from './lib/thingset-status.ts';
import { isGroup, readThingSet, withChecksum } from './lib/thingset-text.ts';

interface ThingSetOptions {
  readonly port: string;
  readonly baud_rate: number;
  readonly period_s: number;
}

const options: JSONSchemaType<ThingSetOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['port', 'baud_rate', 'period_s'],
  properties: { port: PORT, baud_rate: baudRate(115_200), period_s: period(2) },
};

const ANSWER_MS = 1_000;
/** Pause before a question, in which late answers run out. */
const QUIET_MS = 50;
/** Status codes from here on refuse (ThingSet, status codes); `A4`: not found. */
const REFUSED = 0xa0;
/** Any of these is a battery; a charge controller has the others beside it. */
const BATTERIES = ['Meas', 'Battery', 'Bat'] as const;
const BESIDES = ['Device', 'Charger', 'Solar', 'Load'] as const;

export const thingset: SensorDriver<ThingSetOptions, Readonly<Record<string, Entity>>> = {
  type: 'thingset',
  title: { en: 'Libre Solar (ThingSet)', fr: 'Libre Solar (ThingSet)' },
  proof: 'recorded',
  options,
  describe: ({ period_s }) => ({
    manufacturer: 'Libre Solar',
    model: 'ThingSet',
    periodMs: period_s * 1000,
    entities: THINGSET_ENTITIES,
  }),
  async *read(context) {
    const { options: o, ports, clock, signal } = context;
    await using line = await ports.serial.open(o.port, { baudRate: o.baud_rate, dataBits: 8, parity: 'none', stopBits: 1 }, signal);
    const session: Session = { line, clock, reader: lineReader(line, clock), checked: true, heard: undefined, lines: 0 };
    const groups = await findGroups(session);
    if (groups.length === 0) yield* listen(session, context);
    else yield* poll(session, context, groups);
  },
};

interface Session {
  readonly line: SerialLine;
  readonly clock: Clock;
  readonly reader: LineReader;
  /** Questions bear a checksum, until a device turns out not to know it. */
  checked: boolean;
  /** The newest report. */
  heard: Groups | undefined;
  lines: number;
}

/** The groups that the device has; none when it does not answer, but reports by itself. */
async function findGroups(session: Session): Promise<string[]> {
  for (const checked of [true, false]) {
    session.checked = checked;
    for (const name of BATTERIES) {
      if (!isGroup(await ask(session, name))) continue;
      return name === 'Meas' ? [name] : [name, ...BESIDES];
    }
  }
  if (session.heard === undefined) throw silent(session);
  return [];
}

/** Asks for all groups every period; those it lacks are simply not there. */
async function* poll(session: Session, { options: o, clock, signal }: ReadContext<ThingSetOptions>, names: readonly string[]) {
  let wanted = names;
  for (;;) {
    const startedMs = clock.monotonicMs();
    const groups: Record<string, unknown> = {};
    for (const name of wanted) {
      const group = await ask(session, name);
      if (group === 'silent') throw silent(session);
      if (isGroup(group)) groups[name] = group;
    }
    wanted = wanted.filter((name, index) => index === 0 || name in groups);
    const values = thingsetValues(groups);
    if (Object.keys(values).length === 0) throw silent(session);
    yield values;
    await restOfPeriod(clock, signal, startedMs, o.period_s);
  }
}

/** Takes what is reported: not every wiring has both directions. */
async function* listen(
  session: Session,
  { options: o, clock, signal }: ReadContext<ThingSetOptions>,
): AsyncGenerator<Record<string, Value>> {
  const silenceMs = Math.max(15_000, 3 * o.period_s * 1000);
  for (;;) {
    const values = thingsetValues(session.heard ?? {});
    if (Object.keys(values).length === 0) throw silent(session);
    yield values;
    session.heard = undefined;
    await clock.sleep(o.period_s * 1000, signal);
    const deadlineMs = clock.monotonicMs() + silenceMs;
    while (session.heard === undefined) {
      const next = await session.reader.next(deadlineMs);
      if (next === 'late') throw silent(session);
      if (next === 'end') return;
      take(session, next.line);
    }
  }
}

/** The content of a group; `refused`: the device does not have it. */
async function ask(session: Session, group: string): Promise<unknown | 'refused' | 'silent'> {
  const { line, reader, clock } = session;
  // An answer that comes late must not be taken for that of the next question: answers bear no name.
  for (const quietMs = clock.monotonicMs() + QUIET_MS; ; ) {
    const old = await reader.next(quietMs);
    if (typeof old === 'string') break;
    take(session, old.line);
  }
  const question = session.checked ? withChecksum(`?${group}`) : `?${group}\r\n`;
  await line.write(Buffer.from(question, 'latin1'));
  const deadlineMs = clock.monotonicMs() + ANSWER_MS;
  for (;;) {
    const next = await reader.next(deadlineMs);
    if (next === 'late') return 'silent';
    if (next === 'end') throw new DeviceError('the port was closed');
    const answer = take(session, next.line);
    if (answer !== undefined) return answer.code < REFUSED ? answer.value : 'refused';
  }
}

/** An answer is given back, a report is kept. */
function take(session: Session, line: string) {
  session.lines += 1;
  const message = readThingSet(line);
  if (message?.kind === 'report') session.heard = message.value;
  return message?.kind === 'answer' ? message : undefined;
}

function silent({ lines }: Session): DeviceError {
  const mend = 'Check the speed, that RX and TX are crossed, and that the device speaks ThingSet text (not its binary mode) on this port';
  return new DeviceError(lines === 0 ? 'silence on the ThingSet line' : `nothing readable in ${lines} lines`, { mend });
}
