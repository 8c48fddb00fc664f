/** Puts together what is wrong with the store, and tells it once when it changes. */
import type { Answer } from './batch.ts';
import type { StoreHealth } from './types.ts';

export interface HealthReport {
  readonly health: StoreHealth;
  /** The disk refuses for this reason; empty: it does not. */
  readonly failure: string;
  /** The writer answered. Damage it found stays said until the program ends. */
  heard(answer: Answer): void;
  /** The writer does not answer. */
  failed(why: string): void;
}

/** `dropped` is asked each time; `onHealth` hears nothing as long as all is well. */
export function createHealthReport(dropped: () => number, onHealth?: (health: StoreHealth) => void): HealthReport {
  let failure = '';
  let notice = '';
  let copyFailure = '';
  let told = 'false 0 ';

  const health = (): StoreHealth => {
    const copy = copyFailure === '' ? '' : `the vital copy cannot be written: ${copyFailure}`;
    const detail = [failure, notice, copy].filter((part) => part !== '').join('; ');
    return { degraded: detail !== '', detail, dropped: dropped() };
  };
  const tell = (): void => {
    const now = health();
    const line = `${now.degraded} ${now.dropped} ${now.detail}`;
    if (line === told) return;
    told = line;
    try {
      onHealth?.(now);
    } catch {
      // Whoever listens cannot keep the store from writing.
    }
  };
  return {
    get health() {
      return health();
    },
    get failure() {
      return failure;
    },
    heard(answer) {
      failure = answer.failure ?? '';
      notice = answer.notice || notice;
      copyFailure = answer.copyFailure;
      tell();
    },
    failed(why) {
      failure = why;
      tell();
    },
  };
}
