/** Waiting for another process, with a word about what was waited for. */

/** Asks again and again until it is true; what throws is not yet true. Rejects after `limitMs`, with what `explain` knows. */
export async function eventually(
  what: string,
  isTrue: () => Promise<boolean> | boolean,
  limitMs = 60_000,
  explain: () => string = () => '',
): Promise<void> {
  const end = performance.now() + limitMs;
  let error: unknown;
  for (;;) {
    try {
      if (await isTrue()) return;
    } catch (thrown) {
      error = thrown;
    }
    if (performance.now() > end) throw new Error(`in vain after ${limitMs} ms: ${what}. ${explain()} ${String(error ?? '')}`);
    await pause(250);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
