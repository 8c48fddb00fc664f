/** Validated `alarms:`, `mail:` and `buzzer:` as the program's own words. */
import { minuteOf } from './raw.ts';

export type AlarmSeverity = 'info' | 'warning' | 'critical';
export interface RuleConfig {
  readonly id: string;
  readonly device: string;
  readonly value: string;
  readonly when: 'above' | 'below' | 'problem' | 'stale';
  /** Given with above and below. */
  readonly raise?: number;
  readonly clear?: number;
  readonly forS: number;
  readonly clearForS: number;
  readonly severity: AlarmSeverity;
  readonly name?: string;
  readonly advice?: string;
}
export interface AlarmsConfig {
  readonly defaults: boolean;
  readonly without: readonly string[];
  readonly warmC: number;
  readonly hotC: number;
  readonly criticalC: number;
  readonly batteryLowV: number;
  readonly batteryRecoveredV: number;
  readonly lostS: number;
  readonly rules: readonly RuleConfig[];
}
export interface MailConfig {
  readonly host: string;
  readonly port: number;
  readonly security: 'starttls' | 'tls' | 'plain';
  /** A file name. */
  readonly ca?: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly severity: AlarmSeverity;
  readonly tellEnd: boolean;
  readonly perHour: number;
  readonly perDay: number;
  readonly repeatS: number;
  readonly gatherS: number;
}
export interface BuzzerConfig {
  readonly line: number;
  readonly chip: string;
  readonly activeLow: boolean;
  readonly capS: number;
  /** Minutes after local midnight. */
  readonly quiet?: { readonly fromMinute: number; readonly toMinute: number };
}

interface RawRule extends Omit<RuleConfig, 'forS' | 'clearForS'> {
  readonly for_s: number;
  readonly clear_for_s: number;
}
export interface RawAlarms {
  readonly defaults: boolean;
  readonly without: readonly string[];
  readonly warm_c: number;
  readonly hot_c: number;
  readonly critical_c: number;
  readonly battery_low_v: number;
  readonly battery_recovered_v: number;
  readonly lost_s: number;
  readonly rules: readonly RawRule[];
}
export interface RawMail {
  readonly host?: string;
  readonly port: number;
  readonly security: MailConfig['security'];
  readonly ca?: string;
  readonly from?: string;
  readonly to: readonly string[];
  readonly severity: AlarmSeverity;
  readonly tell_end: boolean;
  readonly per_hour: number;
  readonly per_day: number;
  readonly repeat_s: number;
  readonly gather_s: number;
}
export interface RawBuzzer {
  readonly line?: number;
  readonly chip: string;
  readonly active_low: boolean;
  readonly cap_s: number;
  readonly quiet_from?: string;
  readonly quiet_to?: string;
}

export function toAlarms(raw: RawAlarms): AlarmsConfig {
  return {
    defaults: raw.defaults,
    without: raw.without,
    warmC: raw.warm_c,
    hotC: raw.hot_c,
    criticalC: raw.critical_c,
    batteryLowV: raw.battery_low_v,
    batteryRecoveredV: raw.battery_recovered_v,
    lostS: raw.lost_s,
    rules: raw.rules.map(({ for_s, clear_for_s, ...rest }) => ({ ...rest, forS: for_s, clearForS: clear_for_s })),
  };
}

/** Undefined without a server: nothing is mailed. */
export function toMail(raw: RawMail): MailConfig | undefined {
  const { host, from, port, security, ca, to, severity } = raw;
  if (host === undefined || from === undefined) return undefined;
  const limits = { tellEnd: raw.tell_end, perHour: raw.per_hour, perDay: raw.per_day, repeatS: raw.repeat_s, gatherS: raw.gather_s };
  return { host, port, security, from, to, severity, ...limits, ...(ca !== undefined && { ca }) };
}

/** Undefined without a line: nothing sounds. */
export function toBuzzer({ line, chip, active_low, cap_s, quiet_from, quiet_to }: RawBuzzer): BuzzerConfig | undefined {
  if (line === undefined) return undefined;
  const quiet =
    quiet_from === undefined || quiet_to === undefined ? undefined : { fromMinute: minuteOf(quiet_from), toMinute: minuteOf(quiet_to) };
  return { line, chip, activeLow: active_low, capS: cap_s, ...(quiet !== undefined && { quiet }) };
}
