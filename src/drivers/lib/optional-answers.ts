/** Answers that not every model of a device gives: found out once, relied on ever after. */
import { DeviceError, type Value } from '../../model.ts';

type Row = Record<string, Value>;

/**
 * What all kinds of answers bring, in one row. One that is `optional` and brings nothing is taken out of `kinds`, unless it was
 * `proven` before that the device gives it: then its absence is a failure like any other.
 */
export async function askKnown<K extends { readonly optional?: true }>(
  kinds: Set<K>,
  proven: boolean,
  ask: (kind: K) => Promise<Row>,
): Promise<Row> {
  const row: Row = {};
  for (const kind of kinds) {
    try {
      Object.assign(row, await ask(kind));
    } catch (error) {
      if (kind.optional !== true || proven || !(error instanceof DeviceError)) throw error;
      kinds.delete(kind);
    }
  }
  return row;
}
