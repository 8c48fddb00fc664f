/** Lines got from the GPIO character device: an output that is driven and read back, an input whose pulses the kernel counts. */
import { DeviceError } from '../model.ts';
import * as abi from './gpio-abi.ts';
import type { GpioKernel } from './gpio-kernel.ts';
import type { Clock, EdgeBatch, InputLine, OutputLine } from './types.ts';

/**
 * Pause between two looks into the kernel's queue (ms). Counts and times are the kernel's, so looking late costs nothing;
 * waiting in poll() would hold one of Node's four worker threads for every input.
 */
const LOOK_MS = 200;
const EVENTS_A_READ = 64;

export interface LineHandle {
  readonly kernel: GpioKernel;
  readonly fd: number;
  /** `line 17 of pinctrl-rp1`, for messages. */
  readonly name: string;
}

/** Every failure is a DeviceError; a closed line refuses, because its descriptor may already be another line's. */
export function cdevOutput({ kernel, fd, name }: LineHandle): OutputLine {
  let open = true;
  const onLine = <T>(act: () => T): T => {
    if (!open) throw new DeviceError(`${name} was closed`);
    try {
      return act();
    } catch (cause) {
      throw lost(name, cause);
    }
  };
  return {
    descriptor: { fd, kind: 'gpio' },
    set: (active) => onLine(() => kernel.ioctl(fd, abi.IOCTL.setValues, abi.encodeValues(active))),
    get: () =>
      onLine(() => {
        const bytes = abi.encodeValues(false);
        kernel.ioctl(fd, abi.IOCTL.getValues, bytes);
        return abi.decodeValues(bytes);
      }),
    close() {
      if (!open) return;
      open = false;
      kernel.close(fd);
    },
  };
}

/** Edges are counted by the kernel (`line_seqno`): events that found no room in its queue cost no count. */
export function cdevInput({ kernel, fd, name }: LineHandle, clock: Clock): InputLine {
  const closing = new AbortController();
  const buffer = Buffer.alloc(abi.EVENT_SIZE * EVENTS_A_READ);
  let count = 0;
  let seqno = 0;
  const look = (): EdgeBatch | undefined => {
    const toMs = kernelTime(clock);
    let batch: EdgeBatch | undefined;
    for (let reads = 0; reads < abi.EVENT_BUFFER / EVENTS_A_READ; reads += 1) {
      const events = abi.decodeEvents(buffer, kernel.read(fd, buffer));
      const [first, last] = [events[0], events.at(-1)];
      if (first === undefined || last === undefined) break;
      count += abi.edgesBetween(seqno, last.lineSeqno);
      seqno = last.lineSeqno;
      batch = { count, firstMs: batch?.firstMs ?? toMs(first.timestampNs), lastMs: toMs(last.timestampNs) };
    }
    return batch;
  };
  return {
    lossless: true,
    async *edges(signal) {
      const ended = AbortSignal.any([signal, closing.signal]);
      while (!ended.aborted) {
        let batch: EdgeBatch | undefined;
        try {
          batch = look();
        } catch (cause) {
          throw lost(name, cause);
        }
        if (batch !== undefined) yield batch;
        await clock.sleep(LOOK_MS, ended).catch(() => undefined);
      }
    },
    async [Symbol.asyncDispose]() {
      if (closing.signal.aborted) return;
      closing.abort();
      kernel.close(fd);
    },
  };
}

/**
 * The kernel stamps events with CLOCK_MONOTONIC, which Node's high-resolution time reads too; our clock starts elsewhere.
 * The difference is taken once for all events of a look, so that their order and distances stay the kernel's.
 */
function kernelTime(clock: Clock): (timestampNs: bigint) => number {
  const nowNs = process.hrtime.bigint();
  const nowMs = clock.monotonicMs();
  return (timestampNs) => nowMs - Number(nowNs - timestampNs) / 1e6;
}

function lost(name: string, cause: unknown): DeviceError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new DeviceError(`${name} is lost: ${reason}`, { cause, mend: 'Check that the GPIO chip is still there' });
}
