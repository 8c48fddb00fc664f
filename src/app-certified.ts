/** Compares each day's energy with what the grid operator certifies: counts, asks once a day, shows. Changes no total, delays nobody. */
import { createInquiry, type InquiryOptions, readKept } from './app-certified-ask.ts';
import { BELIEVED_MS } from './app-times.ts';
import { CERTIFIED_DESCRIPTION, CERTIFIED_ID, CERTIFIED_NAME, certifiedValues } from './energy/certified-device.ts';
import { countDay, type DayCount } from './energy/day-count.ts';
import { cachedBounds } from './energy/operator-days.ts';
import type { AnnouncedDevice } from './homeassistant/types.ts';
import type { Sample, Value } from './model.ts';
import type { Store } from './store/types.ts';

export interface CertifiedOptions extends InquiryOptions {
  readonly store: Pick<Store, 'initial' | 'saveFact'>;
  publish(deviceId: string, values: Readonly<Record<string, Value>>): void;
}
export interface CertifiedDesk {
  /** Empty without the section: then nothing runs. */
  readonly devices: readonly AnnouncedDevice[];
  /** A sample with its guarded totals. Never throws. */
  sampled(sample: Sample): void;
}

const FACT = 'certified';
const TICK_MS = 60_000;
const SAVE_MS = 5 * 60_000;
const DAYS_KEPT = 8;

export function startCertified(options: CertifiedOptions): CertifiedDesk {
  const { house, clock, store, signal, log, publish } = options;
  if (house.certified === undefined) return { devices: [], sampled: () => undefined };
  const { meter } = house.certified;
  const kept = readKept(store.initial.facts[FACT], options.random);
  const boundsOf = cachedBounds();
  let count: DayCount = { running: kept.running, last: null };
  let savedMs = clock.monotonicMs();
  const inquiry = createInquiry(options, house.certified, kept);
  const save = (): void => {
    savedMs = clock.monotonicMs();
    store.saveFact(FACT, JSON.stringify({ ...kept, running: count.running }));
  };
  const guarded = (task: () => void): void => {
    try {
      task();
    } catch (error) {
      log('error', `certified values: ${String(error)}`);
    }
  };
  // The calendar behind the verdicts is slow: only what changed is judged again.
  let judged: { days: unknown; problem: string; values: Readonly<Record<string, Value>> } | undefined;
  const values = (): Readonly<Record<string, Value>> => {
    const { days } = kept;
    const { problem } = inquiry;
    if (judged?.days !== days || judged.problem !== problem)
      judged = { days, problem, values: certifiedValues(days, problem, house.language) };
    return judged.values;
  };
  const tick = (): void => {
    if (signal.aborted) return;
    clock.after(TICK_MS, tick);
    guarded(() => {
      inquiry.step(save);
      if (clock.monotonicMs() - savedMs >= SAVE_MS) save();
      publish(CERTIFIED_ID, values());
    });
  };
  clock.after(1_000, tick);
  signal.addEventListener('abort', save, { once: true });
  return {
    devices: certifiedDevices(house),
    sampled: ({ deviceId, atMs, monotonicMs, values: { energy_drawn: wh } }) =>
      guarded(() => {
        if (deviceId !== meter || typeof wh !== 'number' || atMs < BELIEVED_MS) return;
        const { over, ...next } = countDay(count, { wallMs: atMs, monotonicMs, wh }, boundsOf);
        count = next;
        // A clock that goes back begins an earlier day again.
        if (over === undefined || over.day >= (next.running?.day ?? '')) return;
        const others = kept.days.filter(({ day }) => day < over.day);
        kept.days = [...others, { ...over, certifiedWh: null, asked: false }].slice(-DAYS_KEPT);
        save();
      }),
  };
}

/** Empty without the section. */
export function certifiedDevices({ certified, language }: InquiryOptions['house']): readonly AnnouncedDevice[] {
  if (certified === undefined) return [];
  return [{ id: CERTIFIED_ID, name: CERTIFIED_NAME[language], description: CERTIFIED_DESCRIPTION }];
}
