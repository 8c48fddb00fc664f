/** The simulated lives that prove the state of charge, and one that shows its limit. */
import { INA219, INA228, type Plan } from './life.ts';

export const AGM = {
  chemistry: 'agm',
  capacityAh: 98,
  cells: 6,
  efficiency: 0.93,
  peukert: 1.12,
  selfDischarge: 0.03,
  ohms: 0.008,
  restShiftV: 0.005,
  holdV: 2.4,
} as const;
export const LFP = {
  chemistry: 'lfp',
  capacityAh: 98,
  cells: 4,
  efficiency: 0.993,
  peukert: 1.02,
  selfDischarge: 0.03,
  ohms: 0.006,
  restShiftV: 0.004,
  holdV: 3.5,
} as const;
export const NMC = { ...LFP, chemistry: 'nmc', restShiftV: 0.008, holdV: 4.15 } as const;

const weekly = { ratedAh: 100, fullEvery: 7, bound: 0.03 };
const never = { ratedAh: 100, fullEvery: undefined, bound: 0.08 };
const shown = { bound: undefined };
const night = { sensor: INA219, nightRest: true };
const always = { sensor: INA228, nightRest: false };
export const PLANS: readonly Plan[] = [
  { name: 'AGM, full every week, nights at rest', nature: AGM, ...night, ...weekly },
  { name: 'LFP, full every week, nights at rest', nature: LFP, ...night, ...weekly },
  { name: 'AGM, full every week, never at rest', nature: AGM, ...always, ...weekly, learns: true },
  { name: 'LFP, full every week, never at rest', nature: LFP, ...always, ...weekly },
  { name: 'AGM, full on the first day only, nights at rest', nature: AGM, ...night, ...never },
  { name: 'LFP, full on the first day only, nights at rest', nature: LFP, ...night, ...never },
  { name: 'NMC, full on the first day only, nights at rest', nature: NMC, ...night, ...never },
  // What is not promised.
  { name: 'AGM, full every week, never at rest', nature: AGM, ...always, ...weekly, ...shown, sensor: INA219 },
  { name: 'AGM worn to 85 %, full every week, never at rest', nature: { ...AGM, capacityAh: 85 }, ...always, ...weekly, ...shown },
  { name: 'LFP of 99.8 % efficiency, full on the first day only', nature: { ...LFP, efficiency: 0.998 }, ...night, ...never, ...shown },
];
