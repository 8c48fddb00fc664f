/** The detail of a relay's reason in words; the codes themselves stay attributes of the switch, for automations. */
import type { Language, Text } from '../model.ts';
import { SHED_REASONS } from './shedding-device.ts';

/** What stands behind minimum times, requests, the automatic charge, interlocks and missing inputs. */
export const DETAIL_WORDS: Readonly<Record<string, Text>> = {
  'min-on': { en: 'on for too short a time', fr: 'en marche depuis trop peu de temps' },
  'min-off': { en: 'off for too short a time', fr: "à l'arrêt depuis trop peu de temps" },
  'max-on': { en: 'ran for as long as it may', fr: 'durée de marche maximale atteinte' },
  'changes-per-hour': { en: 'too many changes this hour', fr: "trop de commutations dans l'heure" },
  'changes-per-day': { en: 'too many changes today', fr: 'trop de commutations dans la journée' },
  'home-assistant': { en: 'by Home Assistant', fr: 'par Home Assistant' },
  api: { en: 'by the API', fr: "par l'API" },
  page: { en: 'on the page', fr: 'sur la page' },
  local: { en: 'by the program', fr: 'par le programme' },
  schedule: { en: 'by schedule', fr: 'par programmation' },
  charging: { en: 'charging', fr: 'en charge' },
  'deep-discharge': { en: 'deep discharge', fr: 'décharge profonde' },
  float: { en: 'kept full', fr: 'maintenue pleine' },
  full: { en: 'full', fr: 'pleine' },
  reserve: { en: 'reserve reached', fr: 'réserve atteinte' },
  'over-temperature': { en: 'too hot', fr: 'trop chaud' },
  'critical-temperature': { en: 'dangerously hot', fr: 'chaleur dangereuse' },
  'rate-of-rise': { en: 'heats up too fast', fr: 'chauffe trop vite' },
  'temperature-lost': { en: 'temperature lost', fr: 'température perdue' },
  'too-cold': { en: 'too cold', fr: 'trop froid' },
  'over-voltage': { en: 'voltage too high', fr: 'tension trop haute' },
  'under-voltage': { en: 'voltage too low', fr: 'tension trop basse' },
  'voltage-lost': { en: 'voltage lost', fr: 'tension perdue' },
  'control-failed': { en: 'control failed', fr: 'commande en échec' },
  welded: { en: 'contact welded', fr: 'contact collé' },
  'safe-mode': { en: 'safe mode', fr: 'mode sûr' },
  configuration: { en: 'fault in the file', fr: 'erreur dans le fichier' },
  temperature: { en: 'temperature', fr: 'température' },
  voltage: { en: 'voltage', fr: 'tension' },
  no_step: { en: 'its power did not drop', fr: "sa puissance n'a pas baissé" },
};

/** `charging (cellar)` as `charging (Cellar battery)`. What is no code of ours stays as it is; null where there is nothing to say. */
export function detailInWords(
  detail: string | undefined,
  shed: boolean,
  language: Language,
  nameOf: (id: string) => string,
): string | null {
  const [, code, inner] = /^([\w-]+)(?: \(([\w-]+)\))?$/.exec(detail ?? '') ?? [];
  if (code === undefined) return detail || null;
  const own = Object.hasOwn(DETAIL_WORDS, code) ? DETAIL_WORDS[code] : undefined;
  const words = (shed ? Object.entries(SHED_REASONS).find(([reason]) => reason === code)?.[1] : own)?.[language] ?? nameOf(code);
  if (inner === undefined) return words;
  return `${words} (${Object.hasOwn(DETAIL_WORDS, inner) ? DETAIL_WORDS[inner]?.[language] : nameOf(inner)})`;
}
