/** Writes a recording while the program runs: bounded in memory and on disk, pressed out now and then, never in control's way. */
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { Sample, Value } from '../model.ts';
import type { Clock } from '../ports/types.ts';
import {
  eventLine,
  headerLine,
  type RecordedCommand,
  type RecordedEvent,
  RecordingError,
  type RememberedState,
  rememberedOf,
} from './recording.ts';

export interface Recorder extends AsyncDisposable {
  /** Once, before anything else. */
  started(state: RememberedState): void;
  sample(sample: Sample): void;
  command(command: RecordedCommand): void;
  opened(deviceId: string): void;
}
export interface RecorderOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly version: string;
  readonly config: string;
  /** Meter numbers and the like are not recorded. */
  isPersonal(deviceId: string, key: string): boolean;
  /** Told at most once: why nothing more is written. */
  onFailure(reason: string): void;
  readonly limits?: Partial<typeof LIMITS>;
}
export const LIMITS = {
  /** What may wait for the disk, characters. */
  waiting: 4_000_000,
  /** Length of the whole text before it is packed, characters. */
  total: 4_000_000_000,
  /** What is heard is on its way to the disk after this, ms. */
  flushMs: 10_000,
};
/** The program has 5 s to end. */
const CLOSE_LIMIT_MS = 2_000;

/** Rejects when the file cannot be made, or is already there. */
export async function createRecorder(options: RecorderOptions): Promise<Recorder> {
  const { path, clock, version, config } = options;
  const { waiting, total, flushMs } = { ...LIMITS, ...options.limits };
  const handle = await open(path, 'wx', 0o640).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new RecordingError(`${path} is there already: name another file`) : error;
  });
  const file = createWriteStream('', { fd: handle });
  const pack = path.endsWith('.gz') ? createGzip() : undefined;
  const out: Writable = pack ?? file;
  pack?.pipe(file);
  let written = 0;
  let dropped = 0;
  let stopped = false;

  const stop = (reason: string): void => {
    if (stopped) return;
    stopped = true;
    cancel();
    options.onFailure(reason);
  };
  for (const stream of new Set([out, file])) stream.on('error', (error: Error) => stop(error.message));
  const put = (line: string): void => {
    written += line.length;
    out.write(line);
  };
  const now = (): { m: number; w: number } => ({ m: Math.round(clock.monotonicMs()), w: Math.round(clock.wallMs()) });
  const add = (event: RecordedEvent): void => {
    if (stopped) return;
    // The disk is slow: what is heard meanwhile is counted, and the count stands where it is missing.
    if (out.writableLength + file.writableLength > waiting) {
      dropped += 1;
      return;
    }
    if (dropped > 0) put(eventLine({ ...now(), dropped }));
    dropped = 0;
    put(eventLine(event));
    if (written > total) stop(`the recording reached ${total} characters`);
  };
  let cancel = (): void => undefined;
  const flush = (): void => {
    cancel = clock.after(flushMs, flush);
    // A file cut short then still opens up to here.
    pack?.flush(constants.Z_SYNC_FLUSH);
  };
  flush();

  return {
    started: (state) => put(headerLine({ version, wallMs: now().w, monotonicMs: now().m, config, state: rememberedOf(state) })),
    sample({ deviceId, values, atMs, monotonicMs }) {
      add({ m: Math.round(monotonicMs), w: Math.round(atMs), d: deviceId, v: publicOf(deviceId, values, options) });
    },
    command: ({ deviceId, key, on, value }) => add({ ...now(), c: { deviceId, key, on, ...(value !== undefined && { value }) } }),
    opened: (deviceId) => add({ ...now(), o: deviceId }),
    async [Symbol.asyncDispose]() {
      if (!stopped) put(`${dropped > 0 ? eventLine({ ...now(), dropped }) : ''}${eventLine({ ...now(), end: true })}`);
      stopped = true;
      cancel();
      const closed = new Promise<void>((resolve) => file.once('close', resolve));
      out.end();
      await Promise.race([closed, clock.sleep(CLOSE_LIMIT_MS)]);
    },
  };
}

function publicOf(
  deviceId: string,
  values: Readonly<Record<string, Value>>,
  { isPersonal }: RecorderOptions,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !isPersonal(deviceId, key)));
}
