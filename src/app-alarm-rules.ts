/** The rules of this house: our own at its thresholds, without what it does not want, and those it wrote itself. */
import { SHEDDING_ID } from './app-shedding.ts';
import type { RuleConfig } from './config/alarm-house.ts';
import type { HouseConfig } from './config/types.ts';
import { type AlarmSubject, batteryRules, defaultRules, loadRules, relayRules } from './control/alarm-defaults.ts';
import { type AlarmRule, type Condition, checkRules } from './control/alarm-rules.ts';
import { APP_DEVICE_ID } from './homeassistant/app-device.ts';
import { UNITS } from './model.ts';

export interface HouseRules {
  readonly rules: readonly AlarmRule[];
  /** Rules that can not work or watch a value that does not exist, in words. */
  readonly faults: readonly string[];
}

/** `subjects`: all that has values: the app itself, the devices, the relays. */
export function houseRules(
  { alarms: config, devices: configured, relays, batteries, shedding }: HouseConfig,
  subjects: readonly AlarmSubject[],
): HouseRules {
  const app = subjects.find(({ id }) => id === APP_DEVICE_ID) ?? { id: APP_DEVICE_ID, name: 'Boxénergie' };
  const devices = subjects.filter(({ id }) => configured.some((device) => device.id === id));
  const own = config.rules.map((rule) => ({ rule, subject: subjects.find(({ id }) => id === rule.device) }));
  const unknown = own.filter(({ rule, subject }) => subject?.description.entities[rule.value] === undefined);
  const faults = unknown.map(({ rule }) => `${rule.id}: ${rule.device} has no value ${rule.value}`);
  const written = own.flatMap(({ rule, subject }) => (subject === undefined ? [] : [toRule(rule, subject)]));
  const replaced = new Set([...config.without, ...written.map(({ id }) => id)]);
  const guards = batteryRules(batteries.map(({ id, name }) => ({ id, name: name ?? id })));
  const switched = relayRules(subjects.filter(({ id }) => relays.some((relay) => relay.id === id)));
  const shed = loadRules(SHEDDING_ID, shedding?.loads ?? []);
  const given = config.defaults
    ? [...guards, ...switched, ...shed, ...defaultRules(app, devices, config)].filter(({ id }) => !replaced.has(id))
    : [];
  return { rules: usable([...given, ...written], faults), faults };
}

/** One rule that can not work costs itself alone, never the start of the program. */
function usable(rules: readonly AlarmRule[], faults: string[]): AlarmRule[] {
  return rules.filter((rule, index) => {
    try {
      checkRules([rule, ...rules.slice(0, index).filter(({ id }) => id === rule.id)]);
      return true;
    } catch (error) {
      faults.push(`${rule.id}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  });
}

function toRule(rule: RuleConfig, { name: deviceName, description }: AlarmSubject): AlarmRule {
  const entity = description.entities[rule.value];
  const name = rule.name === undefined ? (entity?.name ?? both(rule.value)) : both(rule.name);
  return {
    ...{ id: rule.id, deviceId: rule.device, key: rule.value, deviceName, severity: rule.severity },
    condition: conditionOf(rule),
    forMs: rule.forS * 1000,
    clearForMs: rule.clearForS * 1000,
    name,
    advice: rule.advice === undefined ? { en: 'Have a look.', fr: 'Allez voir.' } : both(rule.advice),
    unit: entity === undefined || rule.when === 'stale' ? null : UNITS[entity.quantity],
    ...(entity?.decimals !== undefined && { decimals: entity.decimals }),
  };
}

function both(text: string): { readonly en: string; readonly fr: string } {
  return { en: text, fr: text };
}

/** Validation made sure of both thresholds. */
function conditionOf({ when, raise = Number.NaN, clear = Number.NaN }: RuleConfig): Condition {
  return when === 'problem' || when === 'stale' ? { when } : { when, raise, clear };
}
