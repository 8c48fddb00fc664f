import { cpSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/types.ts';
import { type SpawnWriter, spawnWriter } from '../../src/store/writer-thread.ts';
import { folder, relay, total } from './furnished.ts';

const start = (directory: string, spawn: SpawnWriter): Promise<Store> => openStore({ directory, clock: virtualClock() }, spawn);

test('any sequence of writes, restarts, deaths of the thread and kills equals a model', async () => {
  const act = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('total'), id: fc.constantFrom('a', 'b'), value: fc.nat(1000) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('set', 'clear'), id: fc.constantFrom('x', 'y'), value: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('relay'), id: fc.constantFrom('r', 's'), value: fc.nat(50) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('fact'), id: fc.string({ unit: 'binary' }), value: fc.nat(9) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('restart', 'death', 'kill'), id: fc.constant(''), value: fc.constant(0) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 14 }), async (acts) => {
      const parent = folder();
      let directory = join(parent, '0');
      let kills = 0;
      let thread: ReturnType<SpawnWriter> | undefined;
      const spawn: SpawnWriter = (at) => {
        thread = spawnWriter(at);
        return thread;
      };
      let store = await start(directory, spawn);
      const totals = new Map<string, number>();
      const latches = new Set<string>();
      const relays = new Map<string, string>();
      const facts = new Map<string, string>();
      for (const { kind, id, value } of acts) {
        if (kind === 'total') {
          store.saveTotal(total(value, id));
          totals.set(id, Math.max(totals.get(id) ?? 0, value));
        } else if (kind === 'set') {
          expect(await store.setLatch({ relayId: 'r', cause: id, sinceMs: value })).toBe(true);
          latches.add(id);
        } else if (kind === 'clear') {
          expect(await store.clearLatch('r', id)).toBe(true);
          latches.delete(id);
        } else if (kind === 'relay') {
          store.saveRelay(relay({ relayId: id, mode: value % 2 === 0 ? 'auto' : 'manual', switches: value }));
          const before = Number(relays.get(id)?.split(' ')[1] ?? 0);
          relays.set(id, `${value % 2 === 0 ? 'auto' : 'manual'} ${Math.max(before, value)}`);
        } else if (kind === 'fact') {
          store.saveFact(id, `${id}${value}`);
          facts.set(id.toWellFormed(), `${id}${value}`.toWellFormed());
        } else if (kind === 'death') {
          await thread?.terminate();
        } else if (kind === 'restart') {
          await store.close();
          store = await start(directory, spawn);
        } else {
          // What the disk holds after a flush, without the orderly end.
          expect(await store.flush()).toBe(true);
          kills += 1;
          const next = join(parent, String(kills));
          cpSync(directory, next, { recursive: true });
          await store.close();
          directory = next;
          store = await start(directory, spawn);
        }
      }
      await store.close();
      store = await start(directory, spawn);
      expect(store.health).toEqual({ degraded: false, detail: '', dropped: 0 });
      expect(new Map(store.initial.totals.map((row) => [row.key, row.total]))).toEqual(totals);
      expect(new Set(store.initial.latches.map((row) => row.cause))).toEqual(latches);
      expect(new Map(store.initial.relays.map((row) => [row.relayId, `${row.mode} ${row.switches}`]))).toEqual(relays);
      expect(new Map(Object.entries(store.initial.facts))).toEqual(facts);
      await store.close();
    }),
    { numRuns: 15 },
  );
});
