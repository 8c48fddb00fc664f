/** A deep discharge that a sound battery does not show: what makes it probably defective, until somebody has looked. Pure; control law 3. */
import type { Text } from '../model.ts';
import type { CellLimits } from './chemistry.ts';
import type { SocSight } from './soc-sight.ts';

export const DEFECTS = {
  none: { en: 'None', fr: 'Aucun' },
  dead: { en: 'Voltage of a dead battery', fr: 'Tension d’une batterie morte' },
  cell: { en: 'One cell empty, the others not', fr: 'Un élément vide, les autres non' },
  'no-rise': { en: 'Charged for two hours, still empty', fr: 'Chargée deux heures, toujours vide' },
  capacity: { en: 'Empty, though half of its charge should be left', fr: 'Vide, alors qu’il devrait rester la moitié' },
  soon: { en: 'Empty within a day of a full charge', fr: 'Vide moins d’un jour après une pleine charge' },
} as const satisfies Record<string, Text>;
export type Defect = keyof typeof DEFECTS;

/** Monotonic ms. */
export interface DefectState {
  readonly defect: Defect;
  /** The deep discharge stood at the last look. */
  readonly under: boolean;
  /** Time charged during this deep discharge, in vain. */
  readonly chargedMs: number;
  readonly tickedMs: number;
  /** The last sure state of charge (%) at volts that were no empty battery's: at the knee the count is set to empty. */
  readonly sound: { readonly percent: number; readonly atMs: number } | undefined;
  /** Seen full, last; undefined: not since anybody looked. */
  readonly fullMs: number | undefined;
}
/** What outlives a restart. */
export interface DefectMemory {
  readonly defect: Defect;
  /** ms; undefined: never seen full. */
  readonly fullAgeMs: number | undefined;
}
export interface DefectInput {
  readonly nowMs: number;
  /** V of one cell: the mean and the lowest known; undefined: unknown. */
  readonly meanV: number | undefined;
  readonly lowV: number | undefined;
  /** The guard holds it for deeply discharged; and for so dead that nothing may charge it. */
  readonly under: boolean;
  readonly locked: boolean;
  readonly sight: SocSight;
  readonly full: boolean;
  /** Current flows in, as far as anybody can tell. */
  readonly charged: boolean;
}

// Our choices, all of them: the reference names the suspicion, not its proof.
const RISE_MS = 2 * 3_600_000;
const SOON_MS = 24 * 3_600_000;
const LEFT = 50;
const SOUND_MS = 30 * 60_000;

export function newDefect(nowMs: number, memory: DefectMemory = { defect: 'none', fullAgeMs: undefined }): DefectState {
  const { defect, fullAgeMs } = memory;
  return {
    defect,
    under: false,
    chargedMs: 0,
    tickedMs: nowMs,
    sound: undefined,
    fullMs: fullAgeMs === undefined ? undefined : nowMs - fullAgeMs,
  };
}

export function defectMemory({ defect, fullMs }: DefectState, nowMs: number): DefectMemory {
  return { defect, fullAgeMs: fullMs === undefined ? undefined : nowMs - fullMs };
}

/** One tick. The first finding stays until somebody acknowledges it. */
export function stepDefect(before: DefectState, cell: CellLimits, input: DefectInput): DefectState {
  const { nowMs, under, charged, lowV, full } = input;
  const vain = under && charged && lowV !== undefined && lowV <= cell.deep;
  const chargedMs = under ? before.chargedMs + (vain ? nowMs - before.tickedMs : 0) : 0;
  const sound = soundBy(before, cell, input);
  const fullMs = full ? nowMs : before.fullMs;
  const defect = before.defect === 'none' ? found({ chargedMs, fullMs, sound }, before.under, cell, input) : before.defect;
  return { defect, under, chargedMs, sound, tickedMs: nowMs, fullMs };
}

function soundBy({ sound }: DefectState, cell: CellLimits, { nowMs, lowV, sight: { percent, sure } }: DefectInput): DefectState['sound'] {
  const well = lowV !== undefined && lowV >= (cell.deep + cell.start) / 2;
  return well && sure && percent !== undefined ? { percent, atMs: nowMs } : sound;
}

function found(
  { chargedMs, fullMs, sound }: Pick<DefectState, 'chargedMs' | 'fullMs' | 'sound'>,
  was: boolean,
  cell: CellLimits,
  { nowMs, meanV, under, locked, sight }: DefectInput,
): Defect {
  if (locked) return 'dead';
  if (!under) return 'none';
  if (chargedMs >= RISE_MS) return 'no-rise';
  // The others are looked at as the deep discharge begins: later they are charged, or drawn down too.
  if (was) return 'none';
  if (meanV !== undefined && meanV > cell.start) return 'cell';
  const before = sound !== undefined && nowMs - sound.atMs <= SOUND_MS ? sound.percent : 0;
  if (Math.max(before, (sight.sure ? sight.percent : undefined) ?? 0) >= LEFT) return 'capacity';
  return fullMs !== undefined && nowMs - fullMs < SOON_MS ? 'soon' : 'none';
}

/** For a person only. */
export function acknowledgeDefect(state: DefectState): DefectState {
  return { ...state, defect: 'none', chargedMs: 0 };
}
