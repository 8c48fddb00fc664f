/** The alarms as people see them: one problem for each rule, how many stand, buttons to acknowledge, silence and try the mail. */
import type { Description, Entity, Language, Text, Value } from '../model.ts';
import type { AlarmRule } from './alarm-rules.ts';
import type { ActiveAlarm, AlarmChange, AlarmState } from './alarms.ts';
import { eventText, SEVERITY_NAMES } from './mail-text.ts';
import type { MailState, MailStatus } from './mailer.ts';

/** Not `alarms`: so that entity ids read `alarm_bat_01_hot`. */
export const ALARM_DEVICE_ID = 'alarm';
export const ALARM_DEVICE_NAME: Text = { en: 'Alarms', fr: 'Alarmes' };

/** The buttons, as the keys of their commands. */
export const ALARM_BUTTONS = ['acknowledge', 'silence', 'test_mail'] as const;
export type AlarmButton = (typeof ALARM_BUTTONS)[number];

/** Key of the entity that tells what happens, and its words. */
export const ALARM_EVENTS = 'events';
const EVENT_TYPES = ['raised', 'acknowledged', 'cleared'] as const;

const STATES: Readonly<Record<AlarmState, Text>> = {
  inactive: { en: 'Inactive', fr: 'Inactive' },
  pending: { en: 'Pending', fr: 'En attente' },
  active: { en: 'Active', fr: 'Active' },
  acknowledged: { en: 'Acknowledged', fr: 'Acquittée' },
};
const MAIL_STATES: Readonly<Record<MailStatus | 'off', Text>> = {
  off: { en: 'No mail set up', fr: 'Aucun courriel configuré' },
  none: { en: 'None yet', fr: 'Aucun envoi' },
  sent: { en: 'Sent', fr: 'Envoyé' },
  retrying: { en: 'Will be tried again', fr: 'Nouvel essai à venir' },
  limited: { en: 'Waiting for the limits', fr: 'En attente des limites' },
  failed: { en: 'Failed', fr: 'Échec' },
};

/** Keys of a rule's entity begin with `alarm_`, so that no rule takes the name of another. */
export function alarmKey(ruleId: string): string {
  return `alarm_${ruleId}`;
}

/** `parts`: what is there to be commanded. */
export function describeAlarms(rules: readonly AlarmRule[], parts: { readonly mail: boolean; readonly buzzer: boolean }): Description {
  const entities: Record<string, Entity> = {
    active_alarms: { name: { en: 'Active alarms', fr: 'Alarmes actives' }, quantity: 'count' },
    unacknowledged: { name: { en: 'unacknowledged', fr: 'non acquittées' }, quantity: 'count', attributeOf: 'active_alarms' },
    worst: { name: { en: 'worst', fr: 'la plus grave' }, quantity: 'enum', options: SEVERITY_NAMES, attributeOf: 'active_alarms' },
    acknowledge: { name: { en: 'Acknowledge alarms', fr: 'Acquitter les alarmes' }, quantity: 'flag', command: 'button' },
  };
  entities[ALARM_EVENTS] = { name: { en: 'Alarm events', fr: 'Événements des alarmes' }, quantity: 'text', events: EVENT_TYPES };
  if (parts.buzzer) {
    entities.silence = { name: { en: 'Silence the buzzer', fr: 'Couper le buzzer' }, quantity: 'flag', command: 'button' };
    entities.buzzer = { name: { en: 'Buzzer', fr: 'Buzzer' }, quantity: 'flag', diagnostic: true };
    entities.buzzer_silenced = { name: { en: 'silenced', fr: 'coupé' }, quantity: 'flag', attributeOf: 'buzzer' };
  }
  entities.last_mail = { name: { en: 'Last mail', fr: 'Dernier courriel' }, quantity: 'enum', options: MAIL_STATES, diagnostic: true };
  entities.last_mail_at = { name: { en: 'at', fr: 'à' }, quantity: 'timestamp', attributeOf: 'last_mail' };
  entities.last_mail_detail = { name: { en: 'detail', fr: 'détail' }, quantity: 'text', attributeOf: 'last_mail' };
  entities.last_mail_waiting = { name: { en: 'alarms waiting', fr: 'alarmes en attente' }, quantity: 'count', attributeOf: 'last_mail' };
  if (parts.mail) {
    const name = { en: 'Send a test mail', fr: "Envoyer un courriel d'essai" };
    entities.test_mail = { name, quantity: 'flag', command: 'button', diagnostic: true };
  }
  for (const rule of rules) Object.assign(entities, describeRule(rule));
  return { manufacturer: 'Boxénergie', model: 'Alarms', periodMs: 60_000, entities };
}

function describeRule({ id, name, deviceName, decimals = 1 }: AlarmRule): Record<string, Entity> {
  const key = alarmKey(id);
  const about = { en: `${deviceName}: ${name.en}`, fr: `${deviceName}\u00a0: ${name.fr}` };
  return {
    [key]: { name: about, quantity: 'problem' },
    // Home Assistant drops an attribute of the name `state`.
    [`${key}_state`]: { name: { en: 'alarm state', fr: "état de l'alarme" }, quantity: 'enum', options: STATES, attributeOf: key },
    [`${key}_severity`]: { name: { en: 'severity', fr: 'gravité' }, quantity: 'enum', options: SEVERITY_NAMES, attributeOf: key },
    [`${key}_since`]: { name: { en: 'since', fr: 'depuis' }, quantity: 'timestamp', attributeOf: key },
    [`${key}_value`]: { name: { en: 'value', fr: 'valeur' }, quantity: 'text', decimals, attributeOf: key },
    [`${key}_unit`]: { name: { en: 'unit', fr: 'unité' }, quantity: 'text', attributeOf: key },
  };
}

export interface AlarmView {
  readonly rules: readonly AlarmRule[];
  readonly active: readonly ActiveAlarm[];
  readonly stateOf: (ruleId: string) => AlarmState;
  readonly mail: MailState | undefined;
  readonly buzzer: { readonly on: boolean; readonly silenced: boolean } | undefined;
}

/** The same as values. An acknowledged alarm is still a problem. */
export function alarmValues({ rules, active, stateOf, mail, buzzer }: AlarmView): Record<string, Value> {
  const values: Record<string, Value> = {
    active_alarms: active.length,
    unacknowledged: active.filter(({ state }) => state === 'active').length,
    worst: active[0]?.rule.severity ?? null,
    last_mail: mail?.status ?? 'off',
    last_mail_at: date(mail?.atMs),
    last_mail_detail: mail?.detail ?? '',
    last_mail_waiting: mail?.waiting ?? 0,
    ...(buzzer !== undefined && { buzzer: buzzer.on, buzzer_silenced: buzzer.silenced }),
  };
  for (const { id, severity, unit } of rules) {
    const key = alarmKey(id);
    const alarm = active.find(({ rule }) => rule.id === id);
    values[key] = alarm !== undefined;
    values[`${key}_state`] = stateOf(id);
    values[`${key}_severity`] = severity;
    values[`${key}_since`] = date(alarm?.sinceMs);
    // A number stays one, for automations; a flag that says yes says nothing more.
    values[`${key}_value`] = typeof alarm?.value === 'boolean' ? null : (alarm?.value ?? null);
    values[`${key}_unit`] = unit ?? '';
  }
  return values;
}

export interface AlarmEvent {
  readonly event_type: (typeof EVENT_TYPES)[number];
  readonly [attribute: string]: Value;
}

/** What an automation hears of these changes; becoming pending is no news. Texts in the language of the house. */
export function alarmEvents(changes: readonly AlarmChange[], language: Language): AlarmEvent[] {
  return changes.flatMap((change) => eventOf(change, language) ?? []);
}

function eventOf({ rule, before, after, atMs, sinceMs, value }: AlarmChange, language: Language): AlarmEvent | undefined {
  const stood = before === 'active' || before === 'acknowledged';
  const event_type = after === 'active' ? 'raised' : after === 'acknowledged' ? 'acknowledged' : stood ? 'cleared' : undefined;
  if (event_type === undefined) return undefined;
  return {
    event_type,
    alarm: rule.id,
    name: rule.name[language],
    device: rule.deviceName,
    severity: rule.severity,
    value: typeof value === 'boolean' ? null : rounded(value, rule.decimals),
    unit: rule.unit ?? '',
    since: date(sinceMs),
    at: date(atMs),
    text: eventText(rule, value, event_type, language),
  };
}

function rounded(value: Value, decimals = 1): Value {
  return typeof value === 'number' ? Number(value.toFixed(decimals)) : value;
}

function date(wallMs: number | null | undefined): string | null {
  return wallMs === null || wallMs === undefined ? null : new Date(wallMs).toISOString();
}
