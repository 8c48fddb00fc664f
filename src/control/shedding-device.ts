/** Load-shedding as people see it: time left before the meter opens, power kept off, and each load's state with its reason. */
import type { Description, Entity, Quantity, Text, Value } from '../model.ts';
import type { Level, LoadDecision, LoadState, SheddingDecision, ShedReason } from './shedding-types.ts';

export const LEVELS: Readonly<Record<Level, Text>> = {
  none: { en: 'None', fr: 'Aucun' },
  anticipated: { en: 'Near the limit', fr: 'Proche de la limite' },
  slow: { en: 'Above the limit', fr: 'Au-dessus de la limite' },
  alarm: { en: 'Meter alarm', fr: 'Alerte du compteur' },
  fast: { en: 'Far above the limit', fr: 'Très au-dessus de la limite' },
};
export const LOAD_STATES: Readonly<Record<LoadState, Text>> = {
  on: { en: 'On', fr: 'En marche' },
  off_user: { en: 'Off', fr: 'Arrêté' },
  shed: { en: 'Shed', fr: 'Délesté' },
  restore_wait: { en: 'Waiting for its turn', fr: 'Attend son tour' },
  restoring: { en: 'Back, being watched', fr: 'Remis, sous surveillance' },
  locked: { en: 'Minimum time off', fr: "Temps d'arrêt minimal" },
  override: { en: 'Forced by hand', fr: 'Forcé à la main' },
  fault: { en: 'Does not follow', fr: 'Ne suit pas' },
};
export const SHED_REASONS: Readonly<Record<ShedReason, Text>> = {
  normal: { en: 'Nothing to say', fr: 'Rien à signaler' },
  trip: { en: 'Far above: the meter may open', fr: 'Très au-dessus : le compteur peut couper' },
  overload: { en: 'Above the limit', fr: 'Au-dessus de la limite' },
  meter_alarm: { en: 'The meter announced an overload', fr: 'Le compteur a annoncé un dépassement' },
  anticipated: { en: 'Near the limit', fr: 'Proche de la limite' },
  schedule: { en: 'Schedule', fr: 'Programmation' },
  rotation: { en: "Another load's turn", fr: "Tour d'une autre charge" },
  verify_failed: { en: 'Overload when it came back', fr: 'Dépassement à la remise' },
  no_headroom: { en: 'Would not fit now', fr: 'Pas assez de puissance disponible' },
  meter_silent: { en: 'Meter silent', fr: 'Compteur muet' },
  blind_budget: { en: 'Meter silent for long', fr: 'Compteur muet depuis longtemps' },
  blackout: { en: 'Power cut', fr: 'Coupure de courant' },
  start: { en: 'Waiting after start', fr: 'Attente au démarrage' },
  minimum_off: { en: 'Minimum time off', fr: "Temps d'arrêt minimal" },
  restoring: { en: 'Just came back', fr: 'Vient de revenir' },
  override: { en: 'Wanted by hand', fr: 'Voulu à la main' },
  not_following: { en: 'Does not follow its orders', fr: 'Ne suit pas ses ordres' },
  unknown: { en: 'State unknown', fr: 'État inconnu' },
};

/** A trip farther away than this (s), or never, is shown as this: a number can be drawn and compared, unknown stays unknown. */
export const FAR_S = 3600;

export interface NamedLoad {
  readonly id: string;
  readonly name: string;
}

/** Entities of load-shedding. `quantity` is that of the watched source: power (W) or apparent power (VA). */
export function describeShedding(loads: readonly NamedLoad[], quantity: 'power' | 'apparentPower'): Description {
  const own = loads.map((load) => loadEntities(load, quantity));
  return {
    manufacturer: 'Boxénergie',
    model: 'Load-shedding',
    periodMs: 10_000,
    entities: {
      seconds_to_trip: {
        name: { en: 'Time before the meter opens', fr: 'Temps avant coupure du compteur' },
        quantity: 'duration',
        decimals: 0,
        deadBand: 5,
      },
      level: { name: { en: 'Overload', fr: 'Dépassement' }, quantity: 'enum', options: LEVELS },
      shed_power: { name: { en: 'Power kept off', fr: 'Puissance délestée' }, quantity, decimals: 0 },
      shed_loads: { name: { en: 'Loads kept off', fr: 'Charges délestées' }, quantity: 'count', decimals: 0 },
      unsheddable: { name: { en: 'Nothing left to shed', fr: 'Plus rien à délester' }, quantity: 'problem' },
      meter_silent: { name: { en: 'Meter silent', fr: 'Compteur muet' }, quantity: 'problem' },
      starved: { name: { en: 'Off for too long', fr: 'Arrêt trop long' }, quantity: 'problem' },
      starved_loads: { name: { en: 'loads', fr: 'charges' }, quantity: 'text', attributeOf: 'starved' },
      ...Object.assign({}, ...own),
    },
  };
}

function loadEntities({ id, name }: NamedLoad, quantity: Quantity): Record<string, Entity> {
  const attribute = (en: string, fr: string, kind: Quantity): Entity => ({ name: { en, fr }, quantity: kind, attributeOf: `${id}_state` });
  return {
    [`${id}_state`]: { name: { en: name, fr: name }, quantity: 'enum', options: LOAD_STATES },
    [`${id}_permit`]: { name: { en: `${name}: permitted`, fr: `${name} : autorisé` }, quantity: 'flag', diagnostic: true },
    [`${id}_reason`]: { name: { en: `${name}: reason`, fr: `${name} : motif` }, quantity: 'enum', options: SHED_REASONS, diagnostic: true },
    [`${id}_reason_code`]: { ...attribute('reason', 'motif', 'enum'), options: SHED_REASONS },
    [`${id}_detail`]: attribute('detail', 'détail', 'text'),
    [`${id}_since`]: attribute('since', 'depuis', 'timestamp'),
    [`${id}_total`]: attribute('total', 'total', quantity),
    [`${id}_limit`]: attribute('limit', 'limite', quantity),
    [`${id}_power`]: attribute('power', 'puissance', quantity),
    [`${id}_trip`]: attribute('seconds before trip', 'secondes avant coupure', 'duration'),
  };
}

/** The same device's values. `wallMs(monotonicMs)` turns a since-time into a date. */
export function sheddingValues(decision: SheddingDecision, wallMs: (monotonicMs: number) => number): Record<string, Value> {
  const kept = decision.loads.filter(({ state }) => state === 'shed' || state === 'locked' || state === 'restore_wait');
  return {
    seconds_to_trip: decision.tripS === null ? null : Math.round(Math.min(FAR_S, decision.tripS)),
    level: decision.blind ? null : decision.level,
    shed_power: Math.round(decision.shedPower),
    shed_loads: kept.length,
    unsheddable: decision.blind ? null : decision.unsheddable,
    meter_silent: decision.blind,
    starved: decision.starved.length > 0,
    starved_loads: decision.starved.join(', '),
    ...Object.assign({}, ...decision.loads.map((load) => loadValues(load, wallMs))),
  };
}

function loadValues(load: LoadDecision, wallMs: (monotonicMs: number) => number): Record<string, Value> {
  const { id, numbers } = load;
  return {
    [`${id}_state`]: load.state,
    [`${id}_permit`]: load.permit,
    [`${id}_reason`]: load.reason,
    [`${id}_reason_code`]: load.reason,
    [`${id}_detail`]: load.detail,
    [`${id}_since`]: new Date(wallMs(load.sinceMs)).toISOString(),
    [`${id}_total`]: rounded(numbers.total),
    [`${id}_limit`]: rounded(numbers.limit),
    [`${id}_power`]: rounded(numbers.load),
    [`${id}_trip`]: numbers.tripS,
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
