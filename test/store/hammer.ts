/** A program that writes without pause, for the kill tests: says on its output what each of its stores acknowledged. */
import { systemClock } from '../../src/ports/clock.ts';
import { openStore } from '../../src/store/store.ts';

/** One life, and the directory of each store; a line of several begins with the number of its store. */
const [, , life = '0', ...directories] = process.argv;
const relayId = 'rs_01';
/** Latches standing at a time; older ones are acknowledged by a person. */
const STANDING = 6;

async function hammer(directory: string, say: (line: string) => void): Promise<never> {
  const store = await openStore({ directory, clock: systemClock(), flushIntervalMs: 5 });
  const kept = store.initial.totals.find((row) => row.key === 'energy')?.total ?? 0;
  const standing = store.initial.latches.map((row) => row.cause);
  say(JSON.stringify({ total: kept, latches: standing, detail: store.health.detail }));
  for (let i = 1; ; i += 1) {
    const total = kept + i;
    store.saveTotal({ deviceId: 'linky', key: 'energy', total, index: total, offset: 0, identity: 'a', atMs: i });
    store.journal({
      ...{ atMs: i, relayId, before: false, after: true, reason: 'request', detail: null, by: 'api' },
      inputs: { i },
    });
    if (i % 3 !== 0) {
      if (await store.flush()) say(`flushed ${total}`);
      continue;
    }
    const cause = `cause-${life}-${i}`;
    if (await store.setLatch({ relayId, cause, sinceMs: i })) say(`set ${cause} ${total}`);
    standing.push(cause);
    const oldest = standing.length > STANDING ? standing.shift() : undefined;
    if (oldest === undefined) continue;
    say(`clearing ${oldest}`);
    if (await store.clearLatch(relayId, oldest)) say(`cleared ${oldest}`);
  }
}

const one = directories.length === 1;
await Promise.all(directories.map((directory, at) => hammer(directory, (line) => process.stdout.write(`${one ? '' : `${at} `}${line}\n`))));
