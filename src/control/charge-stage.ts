/** The stage of a charge and the reason for it as people see them; what is due; the switch and the button that ask for another. Pure. */
import type { Entities, Text, Value } from '../model.ts';
import type { ChargeSetting, ChargeState, Why } from './charge-types.ts';
import { fullEvery, PLAIN_STAGES } from './stages.ts';

const STAGE_WORDS = {
  waiting: { en: 'Waiting for sensors', fr: 'Attente des capteurs' },
  rest: { en: 'No charge wanted', fr: 'Pas de charge voulue' },
  bulk: { en: 'Bulk', fr: 'Charge principale' },
  absorption: { en: 'Absorption', fr: 'Absorption' },
  float: { en: 'Float', fr: 'Entretien' },
  full: { en: 'Full', fr: 'Pleine' },
  storage: { en: 'Storage', fr: 'Remisage' },
} as const satisfies Record<string, Text>;
export type Stage = keyof typeof STAGE_WORDS;

const WHY_WORDS = {
  start: { en: 'Nothing happened yet', fr: 'Rien ne s’est encore passé' },
  'volts-low': { en: 'Voltage low', fr: 'Tension basse' },
  'soc-low': { en: 'State of charge low', fr: 'Niveau de charge bas' },
  'deep-discharge': { en: 'Deeply discharged', fr: 'Décharge profonde' },
  'full-due': { en: 'A full charge was due', fr: 'Une pleine charge était due' },
  asked: { en: 'Full charge asked for', fr: 'Pleine charge demandée' },
  'float-not-held': { en: 'Float voltage not held', fr: 'Tension d’entretien non tenue' },
  tail: { en: 'Takes nearly nothing any more', fr: 'Ne prend presque plus rien' },
  time: { en: 'Longest absorption time', fr: 'Durée maximale d’absorption' },
  even: { en: 'All cells full and even', fr: 'Éléments pleins et égaux' },
  battery: { en: 'The battery says full', fr: 'La batterie se dit pleine' },
  soc: { en: 'State of charge reached', fr: 'Niveau de charge atteint' },
  stored: { en: 'Voltage of storage reached', fr: 'Tension de remisage atteinte' },
  'over-voltage': { en: 'Voltage too high', fr: 'Tension trop haute' },
  'no-float': { en: 'The charger has no float stage', fr: 'Le chargeur n’a pas d’entretien' },
  'let-go': { en: 'No longer full', fr: 'N’est plus pleine' },
} as const satisfies Record<Why, Text>;

export const STORAGE = 'storage_mode';
export const CHARGE_FULL = 'charge_full';
/** The stage lasts as long after the last moment at the full voltage: a wavering charger is no new bulk. */
const WAVER_MS = 60_000;

export function stageOf({ phase, floating, absorbingMs, tickedMs }: ChargeState, { stages }: ChargeSetting): Stage {
  if (phase === 'waiting_inputs') return 'waiting';
  if (phase === 'deep_discharge') return 'bulk';
  if (phase === 'charging') return tickedMs - absorbingMs <= WAVER_MS ? 'absorption' : 'bulk';
  if (phase === 'full_hold' && floating) return 'float';
  if (stages?.mode === 'storage') return 'storage';
  return phase === 'idle' ? 'rest' : 'full';
}

/** Long enough since it was full, or equalised: somebody, or something, should see to it. */
function isDue({ tickedMs }: ChargeState, sinceMs: number, everyMs: number | undefined): boolean {
  return everyMs !== undefined && tickedMs - sinceMs >= everyMs;
}

/** `setting` as the file has it: what is never due is not announced. */
export function describeStage(setting: ChargeSetting | undefined): Entities {
  if (setting === undefined) return {};
  const { fullEveryMs, equaliseEveryMs } = setting.stages ?? PLAIN_STAGES;
  return {
    charge_stage: { name: { en: 'Charge stage', fr: 'Phase de charge' }, quantity: 'enum', options: STAGE_WORDS },
    charge_stage_reason: {
      name: { en: 'Charge stage, reason', fr: 'Phase de charge, raison' },
      ...{ quantity: 'enum', options: WHY_WORDS, diagnostic: true },
    },
    absorption_time: { name: { en: 'absorption, s', fr: 'absorption, s' }, quantity: 'duration', decimals: 0, attributeOf: 'charge_stage' },
    ...(fullEveryMs !== undefined && {
      full_charge_due: { name: { en: 'Full charge due', fr: 'Pleine charge due' }, quantity: 'problem' },
    }),
    ...(equaliseEveryMs !== undefined && {
      equalise_due: { name: { en: 'Equalising charge due', fr: 'Charge d’égalisation due' }, quantity: 'problem' },
    }),
    [STORAGE]: { name: { en: 'Storage (long absence)', fr: 'Remisage (longue absence)' }, quantity: 'flag', command: 'switch' },
    [CHARGE_FULL]: { name: { en: 'Charge full once', fr: 'Charger à fond une fois' }, quantity: 'flag', command: 'button' },
  };
}

export function stageValues(state: ChargeState | undefined, setting: ChargeSetting | undefined): Record<string, Value> {
  if (state === undefined || setting === undefined) return {};
  const stages = setting.stages ?? PLAIN_STAGES;
  const { fullEveryMs, equaliseEveryMs, mode } = stages;
  return {
    charge_stage: stageOf(state, setting),
    charge_stage_reason: state.why,
    // Whole minutes: the state is said again at each change.
    absorption_time: Math.floor(state.absorbedMs / 60_000) * 60,
    ...(fullEveryMs !== undefined && { full_charge_due: isDue(state, state.fullMs, fullEvery(stages)) }),
    ...(equaliseEveryMs !== undefined && { equalise_due: isDue(state, state.equalMs, equaliseEveryMs) }),
    [STORAGE]: mode === 'storage',
  };
}
