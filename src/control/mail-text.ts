/** The words of the mails, in both languages: calm, short, with device, value, time and what to do. */
import type { Language, Text, Value } from '../model.ts';
import type { AlarmRule, Severity } from './alarm-rules.ts';
import type { ActiveAlarm } from './alarms.ts';

/** What a person has not been told yet of one rule. */
export interface Notice {
  readonly rule: AlarmRule;
  /** Wall ms of the first raise not told yet. */
  readonly raisedMs: number;
  readonly value: Value;
  /** Raises not told yet; 0: only its end is news. */
  readonly times: number;
  /** Wall ms; undefined while it stands. */
  readonly endedMs: number | undefined;
}
export interface Words {
  readonly subject: string;
  readonly text: string;
}
export interface Style {
  readonly language: Language;
  /** IANA name; absent: the machine's. */
  readonly timeZone?: string;
}

export const SEVERITY_NAMES: Readonly<Record<Severity, Text>> = {
  critical: { en: 'Critical', fr: 'Critique' },
  warning: { en: 'Warning', fr: 'Avertissement' },
  info: { en: 'Information', fr: 'Information' },
};
const SAYS = {
  value: { en: 'Value', fr: 'Valeur' },
  at: { en: 'at', fr: 'à' },
  since: { en: 'Since', fr: 'Depuis' },
  until: { en: 'Over since', fr: 'Terminé depuis' },
  over: { en: 'over', fr: 'terminé' },
  acknowledged: { en: 'acknowledged', fr: 'acquitté' },
  times: { en: 'Raised', fr: 'Déclenchée' },
  timesUnit: { en: 'times', fr: 'fois' },
  advice: { en: 'What to do', fr: 'Que faire' },
  alarms: { en: 'alarms', fr: 'alarmes' },
  urgent: { en: 'urgent', fr: 'urgent' },
  more: { en: 'Alarms not listed here, too many at once', fr: 'Alarmes non listées ici, trop nombreuses' },
  repeated: {
    en: 'This message is repeated every minute until the alarm is acknowledged in Home Assistant or is over.',
    fr: "Ce message est répété chaque minute jusqu'à ce que l'alarme soit acquittée dans Home Assistant ou terminée.",
  },
  foot: { en: 'Sent by Boxénergie from your home.', fr: 'Envoyé par Boxénergie depuis votre logement.' },
  testSubject: { en: 'test message', fr: "message d'essai" },
  test: {
    en: 'This is a test: mails from Boxénergie reach you. Nothing is wrong.',
    fr: 'Ceci est un essai : les messages de Boxénergie vous parviennent. Tout va bien.',
  },
} as const satisfies Record<string, Text>;

/** `unlisted`: alarms that had to be left out. Notices worst first. */
export function digest(notices: readonly Notice[], unlisted: number, style: Style): Words {
  const parts = notices.map((notice) => noticeText(notice, style));
  if (unlisted > 0) parts.push(`${line('more', String(unlisted), style)}`);
  return { subject: subjectOf(notices, style), text: letter(parts, style) };
}

/** The mail of each minute. */
export function urgentMail(alarms: readonly ActiveAlarm[], style: Style): Words {
  const notices = alarms.map(({ rule, sinceMs, value, valueMs }) => {
    return { notice: { rule, raisedMs: sinceMs, value, times: 1, endedMs: undefined }, valueMs };
  });
  const parts = notices.map(({ notice, valueMs }) => noticeText(notice, style, valueMs));
  const subject = subjectOf(
    notices.map(({ notice }) => notice),
    style,
    SAYS.urgent,
  );
  return { subject, text: letter([...parts, SAYS.repeated[style.language]], style) };
}

export function testMail(style: Style, wallMs: number): Words {
  const { language } = style;
  return {
    subject: `${product(language)} ${SAYS.testSubject[language]}`,
    text: letter([SAYS.test[language], showTime(wallMs, style)], style),
  };
}

/** One line for a notification: `Critical: Overheating, Battery 1 (85.0 °C)`, with what became of it. */
export function eventText(rule: AlarmRule, value: Value, event: 'raised' | 'acknowledged' | 'cleared', language: Language): string {
  const shown = event === 'cleared' ? '' : showValue(value, rule, language);
  const end = event === 'raised' ? '' : `, ${SAYS[event === 'cleared' ? 'over' : 'acknowledged'][language]}`;
  const head = `${SEVERITY_NAMES[rule.severity][language]}${colon(language)} ${rule.name[language]}, ${rule.deviceName}`;
  return `${head}${shown === '' ? '' : ` (${shown})`}${end}`;
}

function noticeText({ rule, raisedMs, value, times, endedMs }: Notice, style: Style, valueMs?: number): string {
  const { language } = style;
  const shown = showValue(value, rule, language);
  const measured = valueMs === undefined ? '' : ` (${SAYS.at[language]} ${showTime(valueMs, style)})`;
  const lines = [
    `${SEVERITY_NAMES[rule.severity][language]}${colon(language)} ${rule.name[language]}, ${rule.deviceName}`,
    ...(shown === '' ? [] : [line('value', `${shown}${measured}`, style)]),
    line('since', showTime(raisedMs, style), style),
    ...(times > 1 ? [line('times', `${times} ${SAYS.timesUnit[language]}`, style)] : []),
    endedMs === undefined ? line('advice', rule.advice[language], style) : line('until', showTime(endedMs, style), style),
  ];
  return lines.join('\n');
}

function subjectOf(notices: readonly Notice[], { language }: Style, mark?: Text): string {
  const [first, ...others] = notices;
  if (first === undefined) return product(language);
  const ended = notices.every(({ endedMs }) => endedMs !== undefined);
  const head = ended ? `${SAYS.over[language]}, ` : mark === undefined ? '' : `${mark[language]}, `;
  const critical = notices.filter(({ rule }) => rule.severity === 'critical').length;
  if (others.length > 0) {
    const worst =
      critical === 0
        ? ''
        : ` (${critical} ${SEVERITY_NAMES.critical[language].toLowerCase()}${language === 'fr' && critical > 1 ? 's' : ''})`;
    return `${product(language)} ${head}${notices.length} ${SAYS.alarms[language]}${worst}`;
  }
  const shown = showValue(first.value, first.rule, language);
  return `${product(language)} ${head}${first.rule.name[language]}, ${first.rule.deviceName}${shown === '' ? '' : ` (${shown})`}`;
}

function letter(parts: readonly string[], { language }: Style): string {
  return `${[...parts, SAYS.foot[language]].join('\n\n')}\n`;
}

function line(what: keyof typeof SAYS, rest: string, { language }: Style): string {
  return `${SAYS[what][language]}${colon(language)} ${rest}`;
}

function product(language: Language): string {
  return `Boxénergie${colon(language)}`;
}

/** French puts a (no-break) space before a colon. */
function colon(language: Language): string {
  return language === 'fr' ? '\u00a0:' : ':';
}

/** A flag has no value worth showing: its name says it. */
function showValue(value: Value, { unit, decimals = 1 }: AlarmRule, language: Language): string {
  if (value === null || typeof value === 'boolean') return '';
  const shown = typeof value === 'number' ? value.toFixed(decimals) : value.slice(0, 200);
  const spelled = language === 'fr' && typeof value === 'number' ? shown.replace('.', ',') : shown;
  return unit === null ? spelled : `${spelled}\u00a0${unit}`;
}

/** From numbers only: images without French locale data would answer in another order. */
function showTime(wallMs: number, { language, timeZone }: Style): string {
  const two = '2-digit';
  const format = new Intl.DateTimeFormat('en-US', {
    ...(timeZone !== undefined && { timeZone }),
    ...({ year: 'numeric', month: two, day: two, hour: two, minute: two, second: two, hourCycle: 'h23' } as const),
  });
  const part = Object.fromEntries(format.formatToParts(wallMs).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute, second } = part;
  const date = language === 'fr' ? `${day}/${month}/${year}` : `${year}-${month}-${day}`;
  return `${date} ${hour}:${minute}:${second}`;
}
