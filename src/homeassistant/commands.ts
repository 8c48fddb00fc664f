/** Commands read strictly: fresh, small, exact, for a thing that can be commanded; a flood is thinned, the last one wins. */
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
  const kind = entities[target.key]?.command;
  if (kind === undefined) return 'unknown';
  const text = new TextDecoder().decode(message.payload);
  if (kind === 'button') return text === 'PRESS' ? { ...target, on: true } : 'malformed';
  const read = readSwitch(text);
  if (read === undefined) return 'malformed';
  const nowS = nowMs / 1000;
  if (read.sentS !== undefined && nowS > CLOCK_SET_S && nowS - read.sentS > MAX_AGE_S) return 'stale';
  return { ...target, on: read.on };
}

/** `ON`, `OFF`, or `{"s":"ON","t":1790000000.5}` with the time of sending in seconds. */
function readSwitch(text: string): { readonly on: boolean; readonly sentS?: number } | undefined {
  if (text === 'ON' || text === 'OFF') return { on: text === 'ON' };
  if (!text.startsWith('{')) return undefined;
  try {
    const data = JSON.parse(text) as Record<string, unknown>;
    const { s, t } = data;
    const exact = Object.keys(data).sort().join() === 's,t' && (s === 'ON' || s === 'OFF') && typeof t === 'number' && Number.isFinite(t);
    return exact ? { on: s === 'ON', sentS: t as number } : undefined;
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
