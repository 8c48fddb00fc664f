/** Holds the totals of all devices: replaces each raw counter in a sample by its guarded, never-decreasing total. */
import type { Description, Sample, TotalRule, Value } from '../model.ts';
import { type Dial, setDial } from './dial.ts';
import { count, newTotal, reopened, revivedTotal, type TotalEvent, type TotalState } from './totals.ts';

/** A never-decreasing total as it outlives a restart, in the entity's unit. */
export interface KeptTotal {
  readonly deviceId: string;
  readonly key: string;
  /** What is published. */
  readonly total: number;
  /** Last raw index read from the device, or null. */
  readonly index: number | null;
  /** Added to the raw index to get the total: grows when the meter is replaced. */
  readonly offset: number;
  /** Digest of the serial of the meter the index came from, or null. */
  readonly identity: string | null;
  readonly atMs: number;
}
export interface LedgerEvent {
  readonly deviceId: string;
  readonly key: string;
  /** `set`: the total shows what somebody read from the meter. */
  readonly event: TotalEvent | 'set';
  readonly value: number;
  readonly total: number;
}
export interface Ledger {
  /** The sample with guarded totals. A counter not believed yet keeps its last total, or is left out before the first. */
  apply(sample: Sample): Sample;
  /** The device's source was opened again. */
  reopened(deviceId: string): void;
  /** Readings refused so far, per device. */
  refused(deviceId: string): number;
}
export interface LedgerOptions {
  readonly descriptions: ReadonlyMap<string, Description>;
  readonly kept: readonly KeptTotal[];
  /** Serials are personal data: only this digest of them is kept. */
  digest(serial: string): string;
  onChange(total: KeptTotal): void;
  /** Small facts that outlive a restart, by name: what dials were set to. The last one saved stands. */
  readonly memory: { load(name: string): string | undefined; save(name: string, value: string): void };
  onEvent(event: LedgerEvent): void;
}

interface Counter {
  readonly rule: TotalRule;
  state: TotalState | undefined;
  /** What is published is the total, shifted to what the meter shows. */
  readonly dial: Dial;
}

/** Builds the ledger from what was kept. */
export function openLedger(options: LedgerOptions): Ledger {
  const counters = new Map<string, Map<string, Counter>>();
  const refusals = new Map<string, number>();
  for (const [deviceId, description] of options.descriptions) {
    counters.set(deviceId, countersOf(deviceId, description, options));
  }

  function step(sample: Sample, key: string, counter: Counter, value: number, identity: string | null): number | undefined {
    const before = counter.state;
    const { state, event } = count(counter.rule, before, { value, identity, atMs: sample.monotonicMs });
    counter.state = state;
    if (event === 'refused') refusals.set(sample.deviceId, (refusals.get(sample.deviceId) ?? 0) + 1);
    if (event !== undefined) options.onEvent({ deviceId: sample.deviceId, key, event, value, total: counter.dial.shown(state.total) });
    if (state.index === null) return undefined;
    const changed = before?.total !== state.total || before.index !== state.index || before.offset !== state.offset;
    if (changed) {
      const { total, index, offset } = state;
      options.onChange({ deviceId: sample.deviceId, key, total, index, offset, identity: state.identity, atMs: sample.atMs });
    }
    return counter.dial.shown(state.total);
  }

  return {
    apply(sample) {
      const mine = counters.get(sample.deviceId);
      if (mine === undefined || mine.size === 0) return sample;
      const identityKey = options.descriptions.get(sample.deviceId)?.identity;
      const serial = identityKey === undefined ? undefined : sample.values[identityKey];
      const identity = typeof serial === 'string' ? options.digest(serial) : null;
      const values: Record<string, Value> = { ...sample.values };
      for (const [key, counter] of mine) {
        const value = values[key];
        if (typeof value !== 'number') continue;
        const total = step(sample, key, counter, value, identity);
        if (total === undefined) delete values[key];
        else values[key] = total;
      }
      return { ...sample, values };
    },
    reopened(deviceId) {
      for (const counter of counters.get(deviceId)?.values() ?? []) {
        if (counter.state !== undefined) counter.state = reopened(counter.rule, counter.state);
      }
    },
    refused: (deviceId) => refusals.get(deviceId) ?? 0,
  };
}

function countersOf(deviceId: string, description: Description, { kept, memory, onEvent }: LedgerOptions): Map<string, Counter> {
  const counters = new Map<string, Counter>();
  for (const [key, entity] of Object.entries(description.entities)) {
    if (entity.total === undefined) continue;
    const stored = kept.find((row) => row.deviceId === deviceId && row.key === key);
    const state = stored === undefined ? newTotal(entity.total) : revivedTotal(entity.total, stored);
    const { dial, isNew } = setDial(`${deviceId}.${key}`, entity.total, state?.total ?? 0, memory);
    if (isNew !== undefined) onEvent({ deviceId, key, event: 'set', value: isNew, total: isNew });
    counters.set(key, { rule: entity.total, state, dial });
  }
  return counters;
}
