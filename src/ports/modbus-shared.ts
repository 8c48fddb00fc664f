/** Modbus buses for several users: one link a port, the same settings for all, fair turns, and one end for all when it is lost. */
import { ConfigError, DeviceError } from '../model.ts';
import { type Blame, createBlame } from './modbus-blame.ts';
import { type ModbusBus, ModbusError, type ModbusPorts, type ModbusSettings, type ModbusTarget } from './modbus-types.ts';
import { createTurns, type Turns } from './turns.ts';
import type { Clock, SerialPorts } from './types.ts';
import { untilAborted } from './until-aborted.ts';

/** Functions that read: coils, discrete inputs, holding registers, input registers. */
export type ReadFunction = 1 | 2 | 3 | 4;
/** An open line or connection. Asked for one transfer at a time; throws ModbusError. */
export interface ModbusLink extends AsyncDisposable {
  /** Words, or bits as 0 and 1; exactly `count`. */
  read(code: ReadFunction, unit: number, address: number, count: number, timeoutMs: number): Promise<readonly number[]>;
  writeCoil(unit: number, address: number, on: boolean, timeoutMs: number): Promise<void>;
  /** Aborts, with the reason, when the port is gone. */
  readonly lost: AbortSignal;
}
export type OpenLink = (settings: ModbusSettings, signal: AbortSignal) => Promise<ModbusLink>;

interface Shared {
  readonly settings: ModbusSettings;
  readonly link: Promise<ModbusLink>;
  readonly turns: Turns;
  readonly blame: Blame;
  readonly end: AbortController;
  /** The next one who opens the port gets a link of its own. */
  forget(): void;
  users: number;
}
interface Room {
  readonly clock: Clock;
  readonly openLink: OpenLink;
  readonly shared: Map<string, Shared>;
  /** Of every gateway that was ever open: it outlives its connections. */
  readonly blame: Map<string, Blame>;
  /** Ports whose last user left and which are not closed yet. */
  readonly closing: Map<string, Promise<void>>;
}

const TIMEOUT_MS = 1_000;
/** Slow controllers need a pause after their answer (reference: batteries 3.1); it also covers 3.5 characters from 1200 baud on. */
const GAP_MS = { rtu: 50, tcp: 5 } as const;
/** An answer later than its time must not be taken for the next one's. */
const QUIET_MS = 200;

/** Buses over the links of `openLink`. Two names of one adapter are one line: `adapterOf` tells. */
export function sharedModbus(openLink: OpenLink, clock: Clock, adapterOf: SerialPorts['adapterOf'] = async (path) => path): ModbusPorts {
  const room: Room = { clock, openLink, shared: new Map(), blame: new Map(), closing: new Map() };
  return {
    async open(settings, signal) {
      signal.throwIfAborted();
      const key = settings.transport === 'rtu' ? await adapterOf(settings.path) : nameOf(settings);
      const entry = room.shared.get(key) ?? enter(room, key, settings);
      if (!agree(entry.settings, settings)) throw conflict(key);
      entry.users += 1;
      try {
        const link = await untilAborted(entry.link, signal);
        return userOf(link, entry, signal, clock, () => leave(room, key, entry));
      } catch (error) {
        await leave(room, key, entry);
        throw error;
      }
    },
  };
}

function enter(room: Room, key: string, settings: ModbusSettings): Shared {
  const end = new AbortController();
  const opening = async (): Promise<ModbusLink> => {
    await room.closing.get(key);
    return room.openLink(settings, end.signal);
  };
  const turns = createTurns(room.clock, GAP_MS[settings.transport]);
  const forget = (): void => {
    if (room.shared.get(key) === entry) room.shared.delete(key);
  };
  const blame = room.blame.get(key) ?? createBlame(room.clock);
  const entry: Shared = { settings, link: opening(), turns, blame, end, forget, users: 0 };
  room.shared.set(key, entry);
  if (settings.transport === 'tcp') room.blame.set(key, blame);
  // What failed or was lost is nobody's any more: the next one opens anew, perhaps another adapter under the same name.
  entry.link.then((link) => {
    blame.begin();
    link.lost.addEventListener('abort', forget, { once: true });
  }, forget);
  return entry;
}

async function leave(room: Room, key: string, entry: Shared): Promise<void> {
  entry.users -= 1;
  if (entry.users > 0) return;
  entry.forget();
  entry.end.abort(new DeviceError(`${key} was closed`));
  const closed = entry.link.then((link) => link[Symbol.asyncDispose]()).catch(() => undefined);
  room.closing.set(key, closed);
  await closed;
  if (room.closing.get(key) === closed) room.closing.delete(key);
}

function userOf(
  link: ModbusLink,
  { turns, settings, blame, end, forget }: Shared,
  signal: AbortSignal,
  clock: Clock,
  left: () => Promise<void>,
): ModbusBus {
  const closed = new AbortController();
  const stop = AbortSignal.any([signal, link.lost, closed.signal]);
  const me = turns.join();
  const inTurn = <T>(transfer: () => Promise<T>): Promise<T> => {
    const turn = me.run(async () => {
      stop.throwIfAborted();
      return transfer().catch((error: unknown) => {
        if (settings.transport === 'rtu' && isLate(error)) turns.notBefore(clock.monotonicMs() + QUIET_MS);
        // A gateway that lost its power leaves a connection that looks alive for a quarter of an hour.
        if (settings.transport === 'tcp' && isLate(error)) forget();
        throw error;
      });
    });
    return untilAborted(turn, stop);
  };
  const read = async (code: ReadFunction, { unit, timeoutMs = TIMEOUT_MS }: ModbusTarget, address: number, count: number) => {
    await blame.turn(unit, stop);
    const judge = (): void => blame.asked(unit, link.lost.aborted && !end.signal.aborted);
    return inTurn(() => link.read(code, unit, address, count, timeoutMs).finally(judge));
  };
  const bits = async (code: 1 | 2, target: ModbusTarget, address: number, count: number): Promise<readonly boolean[]> =>
    (await read(code, target, address, count)).map((bit) => bit !== 0);
  return {
    readCoils: (target, address, count) => bits(1, target, address, count),
    readDiscrete: (target, address, count) => bits(2, target, address, count),
    readHolding: (target, address, count) => read(3, target, address, count),
    readInput: (target, address, count) => read(4, target, address, count),
    writeCoil: ({ unit, timeoutMs = TIMEOUT_MS }, address, on) => inTurn(() => link.writeCoil(unit, address, on, timeoutMs)),
    async [Symbol.asyncDispose]() {
      if (closed.signal.aborted) return;
      closed.abort(new DeviceError(`${nameOf(settings)} was closed`));
      me.leave();
      await left();
    },
  };
}

function isLate(error: unknown): boolean {
  return error instanceof ModbusError && (error.fault === 'timeout' || error.fault === 'damaged');
}

/** What people call the port. */
export function nameOf(settings: ModbusSettings): string {
  return settings.transport === 'rtu' ? settings.path : `${settings.host}:${settings.port}`;
}

function agree(a: ModbusSettings, b: ModbusSettings): boolean {
  if (a.transport === 'tcp' || b.transport === 'tcp') return a.transport === b.transport;
  return a.baudRate === b.baudRate && a.parity === b.parity && a.stopBits === b.stopBits;
}

function conflict(key: string): ConfigError {
  const mend = 'All devices on one line need the same baud_rate, parity and stop_bits';
  return new ConfigError('baud_rate', `${key} is already used with another speed or frame`, mend);
}
