/** A measured figure beside its reference of the same run. */

export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly reference: number;
  /** Above 1 means costlier than the reference. */
  readonly ratio: number;
  readonly target: string;
  readonly met: boolean;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function show(results: readonly Result[]): void {
  for (const { name, value, unit, reference, ratio, target, met } of results) {
    const figures = `${value.toFixed(2).padStart(10)} ${unit.padEnd(13)} reference ${reference.toFixed(2).padStart(10)}  ratio ${ratio.toFixed(2).padStart(6)}`;
    console.log(`${name.padEnd(42)} ${figures}  ${met ? 'met   ' : 'MISSED'} ${target}`);
  }
}
