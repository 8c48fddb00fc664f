/** Several packs seen as one, however they are wired: energies and powers add up. One unknown pack makes the sum unknown. Pure. */

export interface Pack {
  /** W, positive when charging; null: unknown. */
  readonly powerW: number | null;
  /** The same over the last minutes. */
  readonly smoothW: number | null;
  /** Wh at nominal voltage; null: capacity not configured. */
  readonly capacityWh: number | null;
  /** 0 to 1. */
  readonly soc: number | null;
  /** 0 to 100 %. */
  readonly confidence: number;
  /** The truth lies within this of `soc`, a share; null: no figure, or a battery that says its charge itself without a counter beside it. */
  readonly uncertainty: number | null;
  /** Counted since the program started. */
  readonly chargedWh: number;
  readonly dischargedWh: number;
}
export interface Bank {
  readonly powerW: number | null;
  readonly capacityWh: number | null;
  readonly storedWh: number | null;
  readonly soc: number | null;
  /** That of the least sure pack. */
  readonly confidence: number;
  /** Weighed by capacity; packs may all be off the same way. */
  readonly uncertainty: number | null;
  readonly chargedWh: number;
  readonly dischargedWh: number;
  readonly toFullS: number | null;
  readonly toEmptyS: number | null;
}

const HORIZON_S = 10 * 86_400;
/** Below this share of the capacity an hour nobody can tell when it ends. */
const SLOW = 1 / 200;

export function sumPacks(packs: readonly Pack[]): Bank {
  const capacityWh = sum(packs.map((pack) => pack.capacityWh));
  const storedWh = sum(packs.map(({ soc, capacityWh: wh }) => (soc === null || wh === null ? null : soc * wh)));
  const unsureWh = sum(packs.map(({ uncertainty, capacityWh: wh }) => (uncertainty === null || wh === null ? null : uncertainty * wh)));
  const smoothW = sum(packs.map((pack) => pack.smoothW));
  const seconds = (wh: number, watts: number): number | null => {
    const s = (3600 * wh) / watts;
    return s > HORIZON_S ? null : Math.round(s / 60) * 60;
  };
  const told = capacityWh !== null && storedWh !== null && smoothW !== null && Math.abs(smoothW) >= capacityWh * SLOW;
  return {
    powerW: sum(packs.map((pack) => pack.powerW)),
    capacityWh,
    storedWh,
    soc: capacityWh === null || storedWh === null || capacityWh === 0 ? null : Math.min(1, storedWh / capacityWh),
    confidence: packs.length === 0 ? 0 : Math.min(...packs.map((pack) => pack.confidence)),
    uncertainty: capacityWh === null || unsureWh === null || capacityWh === 0 ? null : unsureWh / capacityWh,
    chargedWh: packs.reduce((total, pack) => total + pack.chargedWh, 0),
    dischargedWh: packs.reduce((total, pack) => total + pack.dischargedWh, 0),
    toFullS: told && smoothW > 0 ? seconds(Math.max(0, capacityWh - storedWh), smoothW) : null,
    toEmptyS: told && smoothW < 0 ? seconds(storedWh, -smoothW) : null,
  };
}

function sum(values: readonly (number | null)[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((total, value) => (total === null || value === null ? null : total + value), 0);
}
