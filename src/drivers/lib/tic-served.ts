/** What the meter stopped saying is unknown: a notice that is over, a tariff that changed, the words of the other mode. */
import type { Value } from '../../model.ts';
import { LINKY_ENTITIES } from './tic-entities.ts';
import type { TicFrame } from './tic-frame.ts';
import { isLong } from './tic-historic.ts';

export interface Served {
  /** The frame's values and, once each, null for what earlier frames said and this one, being whole, does not. */
  complete(frame: TicFrame, values: Readonly<Record<string, Value>>): Record<string, Value>;
}

/** MSG2 is sent once and stays true. Totals are kept by the store: an index is never made unknown. */
const keeps = (key: string): boolean => key === 'short_message' || LINKY_ENTITIES[key]?.total !== undefined;

/** Lives as long as the reading, through changes of mode. */
export function createServed(): Served {
  let served = new Set<string>();
  return {
    complete(frame, values) {
      const said = Object.keys(values).filter((key) => values[key] !== null && !keeps(key));
      // A damaged frame, or a short three-phase one, proves nothing by what it lacks.
      const whole = frame.complete && (frame.mode === 'standard' || isLong(frame));
      const gone = whole ? [...served].filter((key) => !(key in values)) : [];
      served = new Set(whole ? said : [...served, ...said]);
      return { ...Object.fromEntries(gone.map((key) => [key, null])), ...values };
    },
  };
}
