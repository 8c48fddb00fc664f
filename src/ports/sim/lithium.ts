/** A bank of LFP cells: voltage over charge and current, the best and the worst cell, a balancer that works near full. */

export interface Cells {
  /** Lets time pass at a current (A, positive = charging), at a temperature. */
  pass(seconds: number, amps: number, celsius: number): void;
  /** V of the mean, the highest and the lowest cell at a current. */
  volts(amps: number, celsius: number): { readonly mean: number; readonly highest: number; readonly lowest: number };
  /** Share; the mean cell. */
  readonly charge: number;
  /** W turned into heat at a current. */
  heatW(amps: number): number;
}

/** V at rest over the charge of one cell; beyond full it rises like a wall. */
const REST: readonly (readonly [charge: number, volts: number])[] = [
  [-0.02, 2],
  [0, 2.55],
  [0.03, 2.95],
  [0.08, 3.15],
  [0.15, 3.22],
  [0.3, 3.27],
  [0.6, 3.3],
  [0.75, 3.328],
  [0.93, 3.335],
  [0.975, 3.36],
  [0.99, 3.4],
  [1, 3.46],
  [1.01, 3.62],
  [1.02, 3.9],
];
const OHMS = 0.0006;
const POLAR_OHMS = 0.0008;
const POLAR_S = 500;
/** The cells drift apart by this share of the capacity in a day; the balancer brings them together by that much in an hour above 3.4 V. */
const DRIFT_PER_DAY = 0.0003;
const BALANCED_PER_HOUR = 0.0008;
const BALANCE_V = 3.4;
const LEAST_APART = 0.0008;

export function lithiumCells(series: number, capacityAh: number, startCharge: number): Cells {
  let charge = startCharge;
  let polarV = 0;
  let apart = 0.002;
  // Twice at the freezing point what it is at 25 °C.
  const ohms = (celsius: number): number => OHMS * 2 ** ((25 - Math.min(45, celsius)) / 25);
  const at = (share: number, amps: number, celsius: number): number => along(share) + amps * ohms(celsius) + polarV;
  const volts = (amps: number, celsius: number) => ({
    mean: at(charge, amps, celsius),
    highest: at(charge + apart, amps, celsius),
    lowest: at(charge - apart, amps, celsius),
  });
  return {
    pass(seconds, amps, celsius) {
      charge += (((amps > 0 ? 0.993 : 1) * amps - capacityAh * 2e-5) * seconds) / 3_600 / capacityAh;
      polarV += (amps * POLAR_OHMS - polarV) * (1 - Math.exp(-seconds / POLAR_S));
      const balancing = volts(amps, celsius).highest > BALANCE_V ? (BALANCED_PER_HOUR * seconds) / 3_600 : 0;
      apart = Math.max(LEAST_APART, apart + (DRIFT_PER_DAY * seconds) / 86_400 - balancing);
    },
    volts,
    get charge() {
      return charge;
    },
    heatW: (amps) => series * amps * amps * (OHMS + POLAR_OHMS),
  };
}

function along(charge: number): number {
  const after = REST.findIndex(([at]) => at >= charge);
  const [low, high] = [REST[Math.max(0, after - 1)], REST[after]];
  if (high === undefined) return REST.at(-1)?.[1] ?? 0;
  if (low === undefined || low === high) return high[1];
  return low[1] + ((high[1] - low[1]) * (charge - low[0])) / (high[0] - low[0]);
}
