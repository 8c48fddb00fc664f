/** A program that writes without pause, for the kill test: says on its output what the store acknowledged. */
import { systemClock } from '../../src/ports/clock.ts';
import { openStore } from '../../src/store/store.ts';

const directory = process.argv[2] ?? '';
const store = await openStore({ directory, clock: systemClock(), flushIntervalMs: 5 });
const kept = store.initial.totals.find((row) => row.key === 'energy')?.total ?? 0;
const latches = store.initial.latches.length;
process.stdout.write(`open ${kept} ${latches} ${store.health.detail.replaceAll(' ', '_') || '-'}\n`);

for (let i = 1; ; i += 1) {
  const total = kept + i;
  store.saveTotal({ deviceId: 'linky', key: 'energy', total, index: total, offset: 0, identity: 'a', atMs: i });
  store.journal({ atMs: i, relayId: 'rs_01', before: false, after: true, reason: 'request', detail: null, by: 'api', inputs: { i } });
  if (i % 5 === 0) {
    const cause = `cause-${latches + i / 5}`;
    if (await store.setLatch({ relayId: 'rs_01', cause, sinceMs: i })) process.stdout.write(`latch ${cause} ${total}\n`);
  } else if (await store.flush()) process.stdout.write(`flushed ${total}\n`);
}
