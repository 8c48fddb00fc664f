/** What the voltage of a battery at rest tells of its state of charge. Pure. */
import type { CellFacts } from './cell-facts.ts';

/** As shares of the capacity. */
export interface RestEstimate {
  readonly soc: number;
  /** Half the width of the range in which the truth lies. */
  readonly error: number;
}

/** `cellV`: V of one cell at rest; `celsius`: undefined counts as 25 °C. The flat part of a curve tells nothing: an error of 0.5. */
export function socAtRest(facts: CellFacts, cellV: number, celsius: number | undefined): RestEstimate {
  const volts = cellV - facts.restPerKelvin * ((celsius ?? 25) - 25);
  const soc = onCurve(facts, volts);
  const flat = facts.flat !== undefined && volts > facts.flat[0] && volts < facts.flat[1];
  return { soc, error: flat ? 0.5 : facts.restError };
}

/** The curve the other way round: V of one cell at rest and 25 °C. */
export function restVolts({ rest }: CellFacts, soc: number): number {
  const at = rest.findIndex((point) => !(soc > point[0]));
  const [high, low] = [rest[at] ?? rest.at(-1), rest[at - 1]];
  if (high === undefined) return Number.NaN;
  return at <= 0 || low === undefined ? high[1] : low[1] + ((high[1] - low[1]) * (soc - low[0])) / (high[0] - low[0]);
}

function onCurve({ rest }: CellFacts, volts: number): number {
  for (const [i, [high, highV]] of rest.entries()) {
    const low = rest[i - 1];
    if (volts > highV) continue;
    return low === undefined ? high : low[0] + ((high - low[0]) * (volts - low[1])) / (highV - low[1]);
  }
  return 1;
}
