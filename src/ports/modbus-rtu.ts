/** Modbus RTU frames on a serial line, as a port that modbus-serial can use: finds the answer in the bytes, forgets what is stale. */
import { EventEmitter } from 'node:events';
import type { SerialLine } from './types.ts';

/** What modbus-serial expects of a port, and what is told about the request under way. */
export interface RtuPort extends EventEmitter {
  isOpen: boolean;
  open(done: (error?: Error) => void): void;
  close(done?: () => void): void;
  write(request: Buffer): void;
  /** Bytes that came since the last request without making an answer. */
  readonly heardBytes: number;
}

/** Exception answer: unit, function + 0x80, code, checksum. */
const EXCEPTION_BYTES = 5;
const MAX_FRAME = 256;

/** Follows the line until it ends, then calls `lost` once. */
export function rtuPort(line: SerialLine, lost: (error: unknown) => void): RtuPort {
  let request: Buffer = Buffer.alloc(0);
  let heard: Buffer = Buffer.alloc(0);
  const port: RtuPort = Object.assign(new EventEmitter(), {
    isOpen: true,
    heardBytes: 0,
    open: (done: (error?: Error) => void) => done(),
    close(done?: () => void) {
      port.isOpen = false;
      done?.();
    },
    write(bytes: Buffer) {
      // Whatever came before the question is not its answer: noise, or an answer that was late.
      heard = Buffer.alloc(0);
      request = bytes;
      line.write(bytes).catch(end);
    },
  });
  Object.defineProperty(port, 'heardBytes', { get: () => heard.length });
  const end = (error: unknown): void => {
    if (!port.isOpen) return;
    port.isOpen = false;
    lost(error);
  };
  const follow = async (): Promise<void> => {
    for await (const bytes of line.chunks()) {
      heard = Buffer.concat([heard, bytes]).subarray(-2 * MAX_FRAME);
      const answer = findAnswer(heard, request);
      if (answer === undefined) continue;
      heard = Buffer.alloc(0);
      request = Buffer.alloc(0);
      port.emit('data', answer);
    }
  };
  follow().then(() => end(undefined), end);
  return port;
}

/**
 * The first whole frame that has the head of an answer: the checksum is left to the reader. Bytes before it are noise of the line
 * driver or the echo of the request on adapters that hear themselves.
 */
export function findAnswer(heard: Buffer, request: Buffer): Buffer | undefined {
  const [unit = -1, code = -1] = request;
  const length = answerLength(request);
  for (let at = 0; at + EXCEPTION_BYTES <= heard.length; at += 1) {
    if (heard[at] !== unit) continue;
    if (heard[at + 1] === (code | 0x80)) return heard.subarray(at, at + EXCEPTION_BYTES);
    if (heard[at + 1] !== code || at + length > heard.length) continue;
    if (code === 5 || heard[at + 2] === length - EXCEPTION_BYTES) return heard.subarray(at, at + length);
  }
  return undefined;
}

/** Reading: unit, function, byte count, data, checksum. Writing a coil: the request again. */
function answerLength(request: Buffer): number {
  if (request.length < 8) return Number.POSITIVE_INFINITY;
  const count = request.readUInt16BE(4);
  switch (request[1]) {
    case 1:
    case 2:
      return EXCEPTION_BYTES + Math.ceil(count / 8);
    case 3:
    case 4:
      return EXCEPTION_BYTES + 2 * count;
    default:
      return request.length;
  }
}
