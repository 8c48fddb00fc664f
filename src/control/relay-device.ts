/** A relay as people see it: its switch, its auto/manual switch, and why it is as it is. */
import type { Description, Reason, ReasonCode, Text, Value } from '../model.ts';
import type { RelayState } from './relay-types.ts';

/** The reasons in words, highest law first. */
export const REASONS: Readonly<Record<ReasonCode, Text>> = {
  interlock: { en: 'Safety interlock', fr: 'Verrouillage de sécurité' },
  'boot-hold': { en: 'Waiting after start', fr: 'Attente au démarrage' },
  stopping: { en: 'Program stopping', fr: 'Arrêt du programme' },
  'line-fault': { en: 'Output fault', fr: 'Défaut de la sortie' },
  'waiting-inputs': { en: 'Waiting for sensors', fr: 'Attente des capteurs' },
  group: { en: 'Other relay of the group', fr: 'Autre relais du groupe' },
  'anti-short-cycle': { en: 'Minimum time', fr: 'Temps minimal' },
  shedding: { en: 'Load-shedding', fr: 'Délestage' },
  manual: { en: 'Manual', fr: 'Manuel' },
  request: { en: 'Requested', fr: 'Demandé' },
  automatic: { en: 'Automatic', fr: 'Automatique' },
  default: { en: 'At rest', fr: 'Au repos' },
};

/** Entities of one relay: `rs_01` (confirmed state), `au_rs_01` (on = automatic), a fault, and the reason as attributes. */
export function describeRelay(id: string): Description {
  const number = id.replace(/^rs_/, '');
  return {
    manufacturer: 'Boxénergie',
    model: 'Relay',
    periodMs: 10_000,
    entities: {
      [id]: { name: { en: `Relay ${number}`, fr: `Relais ${number}` }, quantity: 'flag', command: 'switch' },
      [`au_${id}`]: {
        name: { en: `Relay ${number} automatic`, fr: `Relais ${number} automatique` },
        quantity: 'flag',
        command: 'switch',
      },
      [`${id}_fault`]: { name: { en: 'Fault', fr: 'Défaut' }, quantity: 'problem', diagnostic: true },
      [`${id}_fault_detail`]: { name: { en: 'Detail', fr: 'Détail' }, quantity: 'text', attributeOf: `${id}_fault` },
      [`${id}_reason`]: { name: { en: 'Reason', fr: 'Motif' }, quantity: 'enum', options: REASONS, diagnostic: true },
      [`${id}_reason_words`]: { name: { en: 'detail', fr: 'détail' }, quantity: 'text', attributeOf: `${id}_reason` },
      [`${id}_reason_code`]: { name: { en: 'reason', fr: 'motif' }, quantity: 'enum', options: REASONS, attributeOf: id },
      [`${id}_reason_detail`]: { name: { en: 'detail', fr: 'détail' }, quantity: 'text', attributeOf: id },
      [`${id}_since`]: { name: { en: 'since', fr: 'depuis' }, quantity: 'timestamp', attributeOf: id },
      [`${id}_pending`]: { name: { en: 'pending', fr: 'en attente' }, quantity: 'text', attributeOf: id },
      [`${id}_next`]: { name: { en: 'next_change', fr: 'prochaine_commutation' }, quantity: 'timestamp', attributeOf: id },
      [`${id}_acknowledge`]: {
        name: { en: 'Acknowledge fault', fr: 'Acquitter le défaut' },
        quantity: 'flag',
        command: 'button',
        diagnostic: true,
      },
      [`${id}_switches`]: { name: { en: 'Switch count', fr: 'Commutations' }, quantity: 'tally', diagnostic: true, disabled: true },
      [`${id}_on_time`]: { name: { en: 'Time on', fr: 'Temps de marche' }, quantity: 'duration', diagnostic: true, disabled: true },
    },
  };
}

/** The same relay's values. `wallMs(monotonicMs)` turns the since-time into a date, `detail` says the reason's detail in words. */
export function relayValues(
  state: RelayState,
  wallMs: (monotonicMs: number) => number,
  detail: (reason: Reason) => string | null = () => null,
): Record<string, Value> {
  const { id, verdict } = state;
  return {
    [id]: state.on,
    [`au_${id}`]: state.mode === 'auto',
    [`${id}_fault`]: state.fault !== undefined,
    [`${id}_fault_detail`]: state.fault ?? '',
    [`${id}_reason`]: verdict.reason.code,
    [`${id}_reason_words`]: detail(verdict.reason),
    [`${id}_reason_code`]: verdict.reason.code,
    [`${id}_reason_detail`]: verdict.reason.detail ?? '',
    [`${id}_since`]: new Date(wallMs(verdict.sinceMs)).toISOString(),
    [`${id}_pending`]: pendingWord(verdict),
    // Rounded, because the wall clock moves a little against the other one.
    [`${id}_next`]: verdict.nextMs === undefined ? null : new Date(Math.round(wallMs(verdict.nextMs) / 1000) * 1000).toISOString(),
    [`${id}_switches`]: state.switches,
    [`${id}_on_time`]: Math.round(state.onSeconds),
  };
}

/** `on (request)`: what waits, and whose it is; empty when nothing does. */
function pendingWord({ pending }: RelayState['verdict']): string {
  return pending === undefined ? '' : `${pending.on ? 'on' : 'off'} (${pending.reason.code})`;
}
