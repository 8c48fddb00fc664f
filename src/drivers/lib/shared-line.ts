/** One open serial line for all devices that name the same port: they take turns, and the last one closes it. */
import { ConfigError, DeviceError } from '../../model.ts';
import type { Clock, SerialLine, SerialPorts, SerialSettings } from '../../ports/types.ts';

/** Who listens at the moment; bytes that come while nobody asked are thrown away. */
export interface Listener {
  bytes(chunk: Uint8Array): void;
  failed(error: Error): void;
}
/** The line while it is this user's turn. */
export interface Wire {
  write(bytes: Uint8Array): Promise<void>;
  /** Undefined: nobody listens. */
  listen(listener: Listener | undefined): void;
}
export interface LineUser extends AsyncDisposable {
  /** Runs `work` alone on the line, in the order of asking; the next in turn waits `gapMs` longer. Rejects on the user's abort. */
  inTurn<T>(gapMs: number, work: (wire: Wire) => Promise<T>): Promise<T>;
}
export interface LineContext {
  readonly serial: SerialPorts;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

interface Shared {
  readonly settings: SerialSettings;
  readonly closer: AbortController;
  readonly line: Promise<SerialLine>;
  users: number;
  tail: Promise<unknown>;
  listener: Listener | undefined;
  failure: Error | undefined;
  /** Set once the line is being closed: resolves when the port is free again. */
  ended: Promise<void> | undefined;
}

/** Lines by the ports they belong to: several simulated houses live in one test process. */
const houses = new WeakMap<SerialPorts, Map<string, Shared>>();

/** Joins the line at `path`, opening it for the first user. Throws DeviceError of the port; ConfigError when two users want different speeds. */
export async function joinLine(context: LineContext, path: string, settings: SerialSettings): Promise<LineUser> {
  const lines = houses.get(context.serial) ?? new Map<string, Shared>();
  houses.set(context.serial, lines);
  for (let old = lines.get(path); old?.ended !== undefined; old = lines.get(path)) await old.ended;
  const entry = lines.get(path) ?? openShared(context.serial, lines, path, settings);
  if (!agree(entry.settings, settings)) {
    throw new ConfigError('port', `${path} is used at two speeds`, 'Give all devices of this port the same speed, or one adapter each');
  }
  entry.users += 1;
  let joined = true;
  const leave = async (): Promise<void> => {
    if (!joined) return;
    joined = false;
    entry.users -= 1;
    if (entry.users === 0) await close(lines, path, entry);
  };
  try {
    const line = await entry.line;
    context.signal.throwIfAborted();
    return { inTurn: (gapMs, work) => inTurn(context, entry, line, gapMs, work), [Symbol.asyncDispose]: leave };
  } catch (error) {
    await leave();
    throw error;
  }
}

function openShared(serial: SerialPorts, lines: Map<string, Shared>, path: string, settings: SerialSettings): Shared {
  const closer = new AbortController();
  const line = serial.open(path, settings, closer.signal);
  const entry: Shared = {
    settings,
    closer,
    line,
    users: 0,
    tail: Promise.resolve(),
    listener: undefined,
    failure: undefined,
    ended: undefined,
  };
  lines.set(path, entry);
  line.then(
    (open) => pump(open, lines, path, entry),
    () => close(lines, path, entry),
  );
  return entry;
}

/** Hands what comes to whoever listens, until the line ends. */
async function pump(line: SerialLine, lines: Map<string, Shared>, path: string, entry: Shared): Promise<void> {
  let failure: Error = new DeviceError(`${path} was closed`);
  try {
    for await (const chunk of line.chunks()) entry.listener?.bytes(chunk);
  } catch (error) {
    if (error instanceof Error) failure = error;
  }
  entry.failure = failure;
  entry.listener?.failed(failure);
  await close(lines, path, entry);
}

function close(lines: Map<string, Shared>, path: string, entry: Shared): Promise<void> {
  entry.ended ??= (async () => {
    entry.closer.abort(new Error('closed'));
    await entry.line.then((line) => line[Symbol.asyncDispose]()).catch(() => undefined);
    if (lines.get(path) === entry) lines.delete(path);
  })();
  return entry.ended;
}

function inTurn<T>(
  { clock, signal }: LineContext,
  entry: Shared,
  line: SerialLine,
  gapMs: number,
  work: (wire: Wire) => Promise<T>,
): Promise<T> {
  const wire: Wire = {
    write: (bytes) => line.write(bytes),
    listen: (listener) => {
      entry.listener = listener;
    },
  };
  const turn = entry.tail.then(() => {
    if (entry.failure !== undefined) throw entry.failure;
    signal.throwIfAborted();
    return work(wire);
  });
  const rest = (): Promise<void> => clock.sleep(gapMs, entry.closer.signal);
  entry.tail = turn.then(rest, rest).catch(() => undefined);
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function agree(a: SerialSettings, b: SerialSettings): boolean {
  return a.baudRate === b.baudRate && a.dataBits === b.dataBits && a.parity === b.parity && a.stopBits === b.stopBits;
}
