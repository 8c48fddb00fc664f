/** Commands read strictly: fresh, small, exact, for a thing that can be commanded; a flood is thinned, the last one wins. */
import type { Entity } from '../model.ts';
import type { Clock, Message } from '../ports/types.ts';
import type { Topics } from './topics.ts';
import type { AnnouncedDevice, Command } from './types.ts';

export type Refusal = 'retained' | 'too long' | 'malformed' | 'unknown' | 'stale';
const MAX_BYTES = 256;
const MAX_AGE_S = 15;
/** Before this date the machine's clock was never set: ages mean nothing. */
const CLOCK_SET_S = Date.UTC(2025, 0, 1) / 1000;
const THIN_MS = 200;

/** The command in a message, or why it is refused. `nowMs` is wall time. */
export function readCommand(
  message: Message,
  topics: Topics,
  devices: ReadonlyMap<string, AnnouncedDevice>,
  nowMs: number,
): Command | Refusal {
  // A retained command is replayed at each reconnection: it would switch relays by itself.
  if (message.retained) return 'retained';
  if (message.payload.length > MAX_BYTES) return 'too long';
  const target = topics.readCommand(message.topic);
  const entities = target === undefined ? undefined : devices.get(target.deviceId)?.description.entities;
  if (target === undefined || entities === undefined || !Object.hasOwn(entities, target.key)) return 'unknown';
  const { command: kind, range } = entities[target.key] ?? {};
  if (kind === undefined) return 'unknown';
  const text = new TextDecoder().decode(message.payload);
  if (kind === 'button') return text === 'PRESS' ? { ...target, on: true } : 'malformed';
  const read = kind === 'number' ? readNumber(text, range) : readSwitch(text);
  if (read === undefined) return 'malformed';
  const { sentS, ...wanted } = read;
  const nowS = nowMs / 1000;
  if (sentS !== undefined && nowS > CLOCK_SET_S && nowS - sentS > MAX_AGE_S) return 'stale';
  return { ...target, ...wanted };
}

/** `55.5`, or `{"n":55.5,"t":1790000000.5}`; outside its range it is no value. */
function readNumber(text: string, range: Entity['range']): Read | undefined {
  const plain = /^-?\d{1,9}(\.\d{1,6})?$/.test(text);
  const data = plain ? { n: Number(text) } : readExact(text, 'n');
  const value = data?.n;
  if (typeof value !== 'number' || !Number.isFinite(value) || range === undefined || value < range.min || value > range.max)
    return undefined;
  return { on: true, value, ...(data !== undefined && 't' in data && { sentS: data.t as number }) };
}
interface Read {
  readonly on: boolean;
  readonly value?: number;
  readonly sentS?: number;
}

/** `ON`, `OFF`, or `{"s":"ON","t":1790000000.5}` with the time of sending in seconds. */
function readSwitch(text: string): Read | undefined {
  if (text === 'ON' || text === 'OFF') return { on: text === 'ON' };
  const data = readExact(text, 's');
  return data !== undefined && (data.s === 'ON' || data.s === 'OFF') ? { on: data.s === 'ON', sentS: data.t as number } : undefined;
}

/** An object of exactly this key and a finite `t`. */
function readExact(text: string, key: 's' | 'n'): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const data = JSON.parse(text) as Record<string, unknown>;
    const exact = Object.keys(data).sort().join() === [key, 't'].sort().join();
    return exact && typeof data.t === 'number' && Number.isFinite(data.t) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Lets the first command of a thing pass at once, then at most one each 200 ms: the newest. */
export function createThinner(clock: Clock, pass: (command: Command) => void): (command: Command) => void {
  const waiting = new Map<string, Command | undefined>();
  const open = (id: string): void => {
    const command = waiting.get(id);
    waiting.delete(id);
    if (command === undefined) return;
    hold(id);
    pass(command);
  };
  const hold = (id: string): void => {
    waiting.set(id, undefined);
    clock.after(THIN_MS, () => open(id));
  };
  return (command) => {
    const id = `${command.deviceId}/${command.key}`;
    if (waiting.has(id)) {
      waiting.set(id, command);
      return;
    }
    hold(id);
    pass(command);
  };
}
