/** What the shape of alarms, mail and buzzer can not tell: thresholds that fit each other, devices that exist, lines not taken. Pure. */
import type { Language } from '../model.ts';
import type { CrossFault } from './cross-check.ts';
import { type Raw, record, records } from './raw.ts';
import { say } from './words.ts';

/** For the whole raw file, defaults filled. Sections of the wrong kind are left to the schema. */
export function crossCheckAlarms(raw: Raw, language: Language): CrossFault[] {
  const faults = [...checkAlarms(record(raw.alarms), raw, language), ...checkMail(record(raw.mail), language)];
  return [...faults, ...checkBuzzer(record(raw.buzzer), raw, language)];
}

function checkAlarms(alarms: Raw, raw: Raw, language: Language): CrossFault[] {
  const faults: CrossFault[] = [];
  const at = (...path: (string | number)[]) => ['alarms', ...path];
  const ordered = (low: string, high: string): void => {
    const [below, above] = [alarms[low], alarms[high]];
    if (typeof below !== 'number' || typeof above !== 'number' || below < above) return;
    faults.push({ path: at(low), said: say(language, 'range', String(below), side('below', above, language)) });
  };
  ordered('warm_c', 'hot_c');
  ordered('hot_c', 'critical_c');
  ordered('battery_low_v', 'battery_recovered_v');
  // The app itself has values too: bridge.storage, …
  const devices = ['bridge', ...['devices', 'relays'].flatMap((key) => records(raw[key]).map(({ id }) => String(id)))];
  const seen = new Set<string>();
  for (const [index, rule] of records(alarms.rules).entries()) {
    const { id, device } = rule;
    if (typeof id === 'string' && seen.has(id)) {
      faults.push({ path: at('rules', index, 'id'), said: say(language, 'twice', `id ${id}`, 'alarms.rules') });
    }
    seen.add(String(id));
    if (typeof device === 'string' && !devices.includes(device)) {
      faults.push({ path: at('rules', index, 'device'), said: say(language, 'choice', JSON.stringify(device), devices.join(', ')) });
    }
    for (const { key, said } of checkThresholds(rule, language)) faults.push({ path: at('rules', index, ...key), said });
  }
  return faults;
}

function checkThresholds({ when, raise, clear }: Raw, language: Language): { key: string[]; said: CrossFault['said'] }[] {
  const french = language === 'fr';
  if (when !== 'above' && when !== 'below') return [];
  if (typeof raise !== 'number') return [{ key: [], said: say(language, 'missing', 'raise', french ? 'un nombre' : 'a number') }];
  if (typeof clear !== 'number') return [{ key: [], said: say(language, 'missing', 'clear', french ? 'un nombre' : 'a number') }];
  const fits = when === 'above' ? clear < raise : clear > raise;
  const other = when === 'above' ? 'below' : 'above';
  return fits ? [] : [{ key: ['clear'], said: say(language, 'range', String(clear), side(other, raise, language)) }];
}

function side(which: 'above' | 'below', value: number, language: Language): string {
  const words = { above: { en: 'above', fr: 'supérieure à' }, below: { en: 'below', fr: 'inférieure à' } };
  return `${words[which][language]} ${value}`;
}

function checkMail(mail: Raw, language: Language): CrossFault[] {
  if (mail.host === undefined) return [];
  const faults: CrossFault[] = [];
  const address = language === 'fr' ? 'une adresse' : 'an address';
  if (mail.from === undefined) faults.push({ path: ['mail'], said: say(language, 'missing', 'from', address) });
  if (Array.isArray(mail.to) && mail.to.length === 0) faults.push({ path: ['mail'], said: say(language, 'missing', 'to', address) });
  return faults;
}

function checkBuzzer(buzzer: Raw, raw: Raw, language: Language): CrossFault[] {
  const faults: CrossFault[] = [];
  const hours = ['quiet_from', 'quiet_to'] as const;
  for (const [key, other] of [hours, [hours[1], hours[0]] as const]) {
    if (buzzer[key] !== undefined && buzzer[other] === undefined)
      faults.push({ path: ['buzzer'], said: say(language, 'missing', other, '"07:00"') });
  }
  if (typeof buzzer.line !== 'number') return faults;
  const chip = String(buzzer.chip ?? 'auto');
  const taken = ['devices', 'relays']
    .flatMap((key) => records(raw[key]))
    .find((one) => one.line === buzzer.line && String(one.chip ?? 'auto') === chip);
  if (taken !== undefined) {
    faults.push({ path: ['buzzer', 'line'], said: say(language, 'twice', `GPIO ${chip}:${buzzer.line}`, String(taken.id)) });
  }
  return faults;
}
