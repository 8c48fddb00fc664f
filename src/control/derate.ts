/** How much of its greatest current a lithium battery should take or give now, by temperature and cell voltage. Pure. */

type Curve = readonly (readonly [at: number, share: number])[];

// Defaults of a widely used battery driver; see section 3 of the control law.
const CHARGE_C: Curve = [
  [0, 0],
  [2, 0.25],
  [5, 0.5],
  [10, 1],
  [40, 1],
  [45, 0.5],
  [50, 0.25],
  [55, 0],
];
const DISCHARGE_C: Curve = [
  [-10, 0],
  [0, 0.25],
  [5, 0.5],
  [10, 1],
  [40, 1],
  [45, 0.5],
  [50, 0.25],
  [55, 0],
];
const CHARGE_V: Curve = [
  [3.375, 1],
  [3.4, 0.25],
  [3.425, 0.05],
  [3.45, 0.005],
  [3.5, 0],
];
const DISCHARGE_V: Curve = [
  [2.8, 0],
  [2.9, 0.005],
  [3, 0.05],
  [3.1, 0.25],
  [3.19, 1],
];

/** Straight lines between the points, flat outside. */
function along(curve: Curve, at: number): number {
  const after = curve.findIndex(([x]) => x >= at);
  const [low, high] = [curve[Math.max(0, after - 1)], curve[after]];
  if (high === undefined) return curve.at(-1)?.[1] ?? 0;
  if (low === undefined || low[0] === high[0]) return high[1];
  return low[1] + ((high[1] - low[1]) * (at - low[0])) / (high[0] - low[0]);
}

/** 0 to 1 for an LFP battery; the coldest and the hottest place, the highest and the lowest cell count. Undefined where nothing is known. */
export function shareOfCurrent(now: {
  readonly coldestC: number | undefined;
  readonly hottestC: number | undefined;
  readonly highestV: number | undefined;
  readonly lowestV: number | undefined;
}): { readonly charge: number | undefined; readonly discharge: number | undefined } {
  const least = (...shares: (number | undefined)[]): number | undefined => {
    const known = shares.filter((share) => share !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  };
  const of = (curve: Curve, at: number | undefined): number | undefined => (at === undefined ? undefined : along(curve, at));
  return {
    charge: least(of(CHARGE_C, now.coldestC), of(CHARGE_C, now.hottestC), of(CHARGE_V, now.highestV)),
    discharge: least(of(DISCHARGE_C, now.coldestC), of(DISCHARGE_C, now.hottestC), of(DISCHARGE_V, now.lowestV)),
  };
}
