/** Things waiting for their reader: bounded, oldest dropped first and counted, ends or fails when told. */

export interface BoundedQueue<T> {
  push(item: T): void;
  end(error?: Error): void;
  /** The sum of the sizes thrown away. */
  readonly dropped: number;
  items(): AsyncIterable<T>;
}

/** A queue whose items together are no larger than `limit`. */
export function boundedQueue<T>(limit: number, sizeOf: (item: T) => number): BoundedQueue<T> {
  let waiting: T[] = [];
  let size = 0;
  let dropped = 0;
  let ended: { readonly error: Error | undefined } | undefined;
  let wake: (() => void) | undefined;
  return {
    push(item) {
      if (ended !== undefined) return;
      waiting.push(item);
      size += sizeOf(item);
      while (size > limit) {
        const oldest = waiting.shift();
        if (oldest === undefined) break;
        size -= sizeOf(oldest);
        dropped += sizeOf(oldest);
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
    async *items() {
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
