/** What a file may hold where something else was expected: looked at without trusting its kind. The schema says what is wrong. */

export type Raw = Readonly<Record<string, unknown>>;

/** Empty for what is no mapping. */
export function record(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}

/** Empty for what is no list. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function records(value: unknown): readonly Raw[] {
  return list(value).map(record);
}

/** Minutes since midnight of `HH:MM`. */
export function minuteOf(hour: string): number {
  return Number(hour.slice(0, 2)) * 60 + Number(hour.slice(3));
}
