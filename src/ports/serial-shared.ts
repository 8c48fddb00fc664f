/** Serial lines for several devices: one open line an adapter, whatever names it has, fair turns, and one end for all when it is lost. */
import { ConfigError, DeviceError } from '../model.ts';
import { createTurns, type Turns } from './turns.ts';
import type { Clock, LineUser, SerialLine, SerialLines, SerialListener, SerialPorts, SerialSettings, SerialWire } from './types.ts';
import { untilAborted } from './until-aborted.ts';

interface Shared {
  readonly settings: SerialSettings;
  readonly line: Promise<SerialLine>;
  readonly closer: AbortController;
  readonly turns: Turns;
  /** Aborts, with the reason, when the line is of no use any more. */
  readonly lost: AbortController;
  readonly forget: () => void;
  users: number;
  listener: SerialListener | undefined;
  /** Set once the line is being closed: resolves when the port is free again. */
  ended: Promise<void> | undefined;
}

/** Lines that are opened through `serial` for the first user and closed by the last. */
export function sharedSerial(serial: SerialPorts, clock: Clock): SerialLines {
  const lines = new Map<string, Shared>();
  return {
    async join(path, settings, signal) {
      signal.throwIfAborted();
      const adapter = await serial.adapterOf(path);
      for (let old = lines.get(adapter); old?.ended !== undefined; old = lines.get(adapter)) await old.ended;
      const entry = lines.get(adapter) ?? enter(lines, adapter, settings, (closer) => serial.open(path, settings, closer), clock);
      if (!agree(entry.settings, settings)) {
        throw new ConfigError('port', `${path} is used at two speeds`, 'Give all devices of this port the same speed, or one adapter each');
      }
      entry.users += 1;
      try {
        const line = await untilAborted(entry.line, signal);
        return userOf(line, entry, signal, clock);
      } catch (error) {
        await leave(entry);
        throw error;
      }
    },
  };
}

function enter(
  lines: Map<string, Shared>,
  adapter: string,
  settings: SerialSettings,
  open: (closer: AbortSignal) => Promise<SerialLine>,
  clock: Clock,
): Shared {
  const closer = new AbortController();
  const entry: Shared = {
    settings,
    line: open(closer.signal),
    closer,
    turns: createTurns(clock, 0),
    lost: new AbortController(),
    forget: () => {
      if (lines.get(adapter) === entry) lines.delete(adapter);
    },
    users: 0,
    listener: undefined,
    ended: undefined,
  };
  lines.set(adapter, entry);
  entry.line.then(
    (line) => follow(line, adapter, entry),
    () => close(entry),
  );
  return entry;
}

/** Hands what comes to whoever listens, until the line ends. */
async function follow(line: SerialLine, adapter: string, entry: Shared): Promise<void> {
  let failure: Error = new DeviceError(`${adapter} was closed`);
  try {
    for await (const chunk of line.chunks()) entry.listener?.bytes(chunk);
  } catch (error) {
    if (error instanceof Error) failure = error;
  }
  entry.lost.abort(failure);
  await close(entry);
}

function close(entry: Shared): Promise<void> {
  entry.ended ??= (async () => {
    entry.closer.abort(new DeviceError('closed'));
    await entry.line.then((line) => line[Symbol.asyncDispose]()).catch(() => undefined);
    entry.forget();
  })();
  return entry.ended;
}

async function leave(entry: Shared): Promise<void> {
  entry.users -= 1;
  if (entry.users === 0) await close(entry);
}

function userOf(line: SerialLine, entry: Shared, signal: AbortSignal, clock: Clock): LineUser {
  const closed = new AbortController();
  const stop = AbortSignal.any([signal, entry.lost.signal, closed.signal]);
  const me = entry.turns.join();
  const wire: SerialWire = {
    write: (bytes) => line.write(bytes),
    listen: (listener) => {
      entry.listener = listener;
    },
  };
  return {
    inTurn<T>(gapMs: number, work: (wire: SerialWire, stop: AbortSignal) => Promise<T>): Promise<T> {
      const turn = me.run(async () => {
        stop.throwIfAborted();
        return work(wire, stop).finally(() => {
          entry.listener = undefined;
          entry.turns.notBefore(clock.monotonicMs() + gapMs);
        });
      });
      return untilAborted(turn, stop);
    },
    async [Symbol.asyncDispose]() {
      if (closed.signal.aborted) return;
      closed.abort(new DeviceError('closed'));
      me.leave();
      await leave(entry);
    },
  };
}

function agree(a: SerialSettings, b: SerialSettings): boolean {
  return a.baudRate === b.baudRate && a.dataBits === b.dataBits && a.parity === b.parity && a.stopBits === b.stopBits;
}
