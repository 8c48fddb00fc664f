/** Bytes waiting for their reader: bounded, oldest dropped first and counted, ends or fails when told. */
import { boundedQueue } from './bounded-queue.ts';

export interface ByteQueue {
  push(bytes: Uint8Array): void;
  end(error?: Error): void;
  readonly dropped: number;
  chunks(): AsyncIterable<Uint8Array>;
}

/** A queue of at most `limit` bytes. */
export function byteQueue(limit = 65_536): ByteQueue {
  const queue = boundedQueue<Uint8Array>(limit, (bytes) => bytes.length);
  return {
    push: queue.push,
    end: queue.end,
    get dropped() {
      return queue.dropped;
    },
    chunks: queue.items,
  };
}
