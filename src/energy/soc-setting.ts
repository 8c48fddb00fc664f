/** How the charge of one battery is counted: the facts of its chemistry with what the file says better. Pure. */
import type { Chemistry } from '../model.ts';
import { CELL_FACTS, type CellFacts } from './cell-facts.ts';
import type { MarkSetting } from './full-charge.ts';
import type { RestSetting } from './rest.ts';

export interface SocSetting {
  readonly facts: CellFacts;
  readonly capacityAh: number;
  readonly cells: number;
  readonly mark: MarkSetting;
  readonly rest: RestSetting;
  /** ms without a measurement after which the current counts as unknown. */
  readonly gapMs: number;
}
export interface SocWish {
  readonly capacityAh: number;
  readonly cells: number;
  /** Shares, 0 to 1; undefined: as the chemistry. */
  readonly efficiency?: number;
  readonly peukert?: number;
  /** Share of the capacity in 30 days. */
  readonly selfDischarge?: number;
  /** V of one cell: the full voltage of the charge control; a little less marks a full charge. */
  readonly fullV?: number;
  /** Largest offset of the current sensor, A. */
  readonly offsetBoundA?: number;
  readonly gapMs?: number;
}

export function socSetting(chemistry: Chemistry, wish: SocWish): SocSetting {
  const preset = CELL_FACTS[chemistry];
  const { capacityAh, cells } = wish;
  const facts: CellFacts = {
    ...preset,
    efficiency: wish.efficiency ?? preset.efficiency,
    peukert: wish.peukert ?? preset.peukert,
    selfDischarge: wish.selfDischarge ?? preset.selfDischarge,
    chargedV: wish.fullV === undefined ? preset.chargedV : wish.fullV - preset.marginV,
  };
  const { chargedV, chargedPerKelvin, emptyV } = facts;
  return {
    facts,
    capacityAh,
    cells,
    mark: { chargedV, chargedPerKelvin, tailA: facts.tail * capacityAh, emptyV, sagA: capacityAh / 5 },
    // Unless the file says better, a standing load above 0.2 % of the capacity is taken for what it is.
    rest: {
      restA: capacityAh / 200,
      offsetBoundA: wish.offsetBoundA ?? Math.max(0.02, 0.002 * capacityAh),
      steadyA: Math.max(0.03, 0.0005 * capacityAh),
    },
    gapMs: wish.gapMs ?? 60_000,
  };
}
