/** Bytes waiting for their reader: bounded, oldest dropped first and counted, ends or fails when told. */

export interface ByteQueue {
  push(bytes: Uint8Array): void;
  end(error?: Error): void;
  readonly dropped: number;
  chunks(): AsyncIterable<Uint8Array>;
}

/** A queue of at most `limit` bytes. */
export function byteQueue(limit = 65_536): ByteQueue {
  let waiting: Uint8Array[] = [];
  let size = 0;
  let dropped = 0;
  let ended: { readonly error: Error | undefined } | undefined;
  let wake: (() => void) | undefined;
  return {
    push(bytes) {
      if (ended !== undefined) return;
      waiting.push(bytes);
      size += bytes.length;
      while (size > limit) {
        const oldest = waiting.shift();
        if (oldest === undefined) break;
        size -= oldest.length;
        dropped += oldest.length;
      }
      wake?.();
    },
    end(error) {
      ended ??= { error };
      wake?.();
    },
    get dropped() {
      return dropped;
    },
    async *chunks() {
      for (;;) {
        const ready = waiting;
        waiting = [];
        size = 0;
        yield* ready;
        if (waiting.length > 0) continue;
        if (ended !== undefined) {
          if (ended.error !== undefined) throw ended.error;
          return;
        }
        await new Promise<void>((resolve) => (wake = resolve));
        wake = undefined;
      }
    },
  };
}
