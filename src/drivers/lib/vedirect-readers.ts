/** Readers of VE.Direct values: each gives null for what cannot be believed. Reference: batteries 4. */
import type { Value } from '../../model.ts';

type Read = (raw: string) => Value;

/** Integers only, as the protocol sends them; scaled, then judged. */
export const scaled =
  (scale: number, min: number, max: number): Read =>
  (raw) => {
    if (!/^-?\d{1,10}$/.test(raw)) return null;
    const value = Number((Number(raw) * scale).toFixed(3));
    return value >= min && value <= max ? value : null;
  };
export const millivolts = scaled(0.001, 0, 500);
export const milliamps = scaled(0.001, -10_000, 10_000);
export const tally = scaled(1, 0, 1e9);
export const hundredthKwh = scaled(10, 0, 1e10);
export const watts = scaled(1, 0, 100_000);
export const onOff: Read = (raw) => (/^on$/i.test(raw) ? true : /^off$/i.test(raw) ? false : null);
export const code = (raw: string): number | undefined =>
  /^\d{1,6}$/.test(raw) ? Number(raw) : /^0x[0-9A-Fa-f]{1,8}$/.test(raw) ? Number.parseInt(raw, 16) : undefined;
export const coded =
  (word: (code: number) => string | null): Read =>
  (raw) => {
    const number = code(raw);
    return number === undefined ? null : word(number);
  };
export const asText: Read = (raw) => (raw === '' || raw === '---' ? null : raw);
export const minutes: Read = (raw) => {
  // −1 is "never, at this rate".
  const value = scaled(60, 0, 1e8)(raw);
  return raw === '-1' ? null : value;
};
