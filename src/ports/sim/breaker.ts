/** The cut-off inside a Linky: second by second it filters the apparent power, and opens. */

export interface MeterBreaker {
  /** Lets whole seconds pass at a power (VA). True: it has just opened. */
  feel(va: number, seconds: number): boolean;
  /** How near it is: it opens at 1. */
  readonly share: number;
  /** Somebody closed it again: it starts from nothing. */
  close(): void;
}

/** Source: the control law, load-shedding, Linky cut-off: Y ← 0.008·X² + 0.992·Y each second; opens when √Y exceeds 1.3 × the power. */
export function meterBreaker(cutOffVa: number): MeterBreaker {
  const opensAt = (1.3 * cutOffVa) ** 2;
  let filtered = 0;
  return {
    feel(va, seconds) {
      for (let second = 0; second < seconds; second += 1) {
        filtered = 0.008 * va * va + 0.992 * filtered;
        if (filtered > opensAt) return true;
      }
      return false;
    },
    get share() {
      return Math.sqrt(filtered / opensAt);
    },
    close() {
      filtered = 0;
    },
  };
}
