/** Faults of a file in plain words, with the mend, in the file's language. */
import type { ErrorObject } from 'ajv';
import type { Language } from '../model.ts';
import { suggest } from './suggest.ts';

export interface Said {
  readonly problem: string;
  readonly mend: string;
}
type Words = Readonly<Record<Language, (a: string, b: string) => Said>>;

const WORDS = {
  yaml: {
    en: (text) => ({
      problem: `this is not valid YAML: ${text}`,
      mend: 'Check indentation (spaces, no tabs), quotes and colons around here',
    }),
    fr: (text) => ({
      problem: `ce n'est pas du YAML valide : ${text}`,
      mend: 'Vérifiez ici l’indentation (espaces, pas de tabulations), les guillemets et les deux-points',
    }),
  },
  unknownKey: {
    en: (key, hint) => ({ problem: `unknown key "${key}"`, mend: hint }),
    fr: (key, hint) => ({ problem: `clé inconnue « ${key} »`, mend: hint }),
  },
  missing: {
    en: (key, about) => ({ problem: `"${key}" is missing`, mend: `Add ${key}: … (${about})` }),
    fr: (key, about) => ({ problem: `« ${key} » manque`, mend: `Ajoutez ${key}: … (${about})` }),
  },
  type: {
    en: (found, wanted) => ({ problem: `${found} stands here`, mend: `Write ${wanted}` }),
    fr: (found, wanted) => ({ problem: `${found} se trouve ici`, mend: `Écrivez ${wanted}` }),
  },
  range: {
    en: (found, range) => ({ problem: `${found} is out of range`, mend: `Use a value ${range}` }),
    fr: (found, range) => ({ problem: `${found} est hors limites`, mend: `Utilisez une valeur ${range}` }),
  },
  count: {
    en: (found, bounds) => ({ problem: `${found} stand here`, mend: `Use ${bounds}` }),
    fr: (found, bounds) => ({ problem: `${found} se trouvent ici`, mend: `Utilisez ${bounds}` }),
  },
  choice: {
    en: (found, choices) => ({ problem: `${found} is not a choice here`, mend: `Use ${choices}` }),
    fr: (found, choices) => ({ problem: `${found} n'est pas un choix possible`, mend: `Utilisez ${choices}` }),
  },
  form: {
    en: (found, about) => ({ problem: `${found} does not have the right form`, mend: `Expected: ${about}` }),
    fr: (found, about) => ({ problem: `${found} n'a pas la bonne forme`, mend: `Attendu : ${about}` }),
  },
  twice: {
    en: (what, first) => ({ problem: `${what} is already used by ${first}`, mend: 'Each can be used once: change one of the two' }),
    fr: (what, first) => ({
      problem: `${what} est déjà utilisé par ${first}`,
      mend: 'Une seule utilisation est possible : changez l’un des deux',
    }),
  },
  reserved: {
    en: (id) => ({ problem: `"${id}" is a name of the app itself`, mend: 'Choose another id' }),
    fr: (id) => ({ problem: `« ${id} » est un nom réservé à l'application`, mend: 'Choisissez un autre id' }),
  },
  absent: {
    en: (what, choices) => ({ problem: `there is no ${what}`, mend: choices === '' ? 'Add it, or name another' : `Use ${choices}` }),
    fr: (what, choices) => ({
      problem: `${what} n'existe pas`,
      mend: choices === '' ? 'Ajoutez-le, ou nommez-en un autre' : `Utilisez ${choices}`,
    }),
  },
  order: {
    en: (low, high) => ({ problem: `${low} must be below ${high}`, mend: 'Change one of the two' }),
    fr: (low, high) => ({ problem: `${low} doit être inférieur à ${high}`, mend: 'Changez l’un des deux' }),
  },
  mustRestOff: {
    en: (why) => ({ problem: `a relay of ${why} must be safe when off`, mend: "Write safe: 'off', or take it out" }),
    fr: (why) => ({ problem: `un relais de ${why} doit être sûr à l'arrêt`, mend: "Écrivez safe: 'off', ou retirez-le" }),
  },
  either: {
    en: (a, b) => ({ problem: `${a} and ${b} exclude each other`, mend: `Keep one of the two` }),
    fr: (a, b) => ({ problem: `${a} et ${b} s'excluent`, mend: "Gardez l'un des deux" }),
  },
  ownTopic: {
    en: (topic) => ({
      problem: `${topic} is a topic of the app itself`,
      mend: 'Name the topic of the switch; a relay of ours is named with relay:',
    }),
    fr: (topic) => ({
      problem: `${topic} est un sujet de l'application elle-même`,
      mend: "Nommez le sujet de l'interrupteur ; un relais à nous se nomme avec relay:",
    }),
  },
  sameTopic: {
    en: (topic) => ({ problem: `it is told and asked on one topic, ${topic}`, mend: 'Name the topic on which the switch says its state' }),
    fr: (topic) => ({
      problem: `il est commandé et lu sur un seul sujet, ${topic}`,
      mend: "Nommez le sujet sur lequel l'interrupteur dit son état",
    }),
  },
  noLinky: {
    en: (id) => ({ problem: `${id} is no Linky, and no entity is named`, mend: 'Add entity: with its power, and limit:' }),
    fr: (id) => ({
      problem: `${id} n'est pas un Linky, et aucune entité n'est nommée`,
      mend: 'Ajoutez entity: avec sa puissance, et limit:',
    }),
  },
  restsClosed: {
    en: (id) => ({
      problem: `${id} would charge while nothing controls it: contact: nc`,
      mend: 'Wire the charger to the normally open contact',
    }),
    fr: (id) => ({ problem: `${id} chargerait sans aucun contrôle : contact: nc`, mend: 'Câblez le chargeur sur le contact travail (no)' }),
  },
  blind: {
    en: (what) => ({ problem: `${what} has neither voltage nor temperatures`, mend: 'Name at least one sensor: nothing could be guarded' }),
    fr: (what) => ({ problem: `${what} n'a ni voltage ni temperatures`, mend: 'Nommez au moins un capteur : rien ne serait surveillé' }),
  },
} as const satisfies Record<string, Words>;

export function say(language: Language, what: keyof typeof WORDS, a: string, b = ''): Said {
  return (WORDS[what][language] as (a: string, b: string) => Said)(a, b);
}

const TYPES: Readonly<Record<string, readonly [en: string, fr: string]>> = {
  string: ['a text', 'un texte'],
  number: ['a number', 'un nombre'],
  integer: ['a whole number', 'un nombre entier'],
  boolean: ['true or false', 'true ou false'],
  object: ['a block of keys', 'un bloc de clés'],
  array: ['a list (lines that begin with -)', 'une liste (lignes commençant par -)'],
};

export interface Context {
  readonly language: Language;
  /** Keys allowed where an unknown one was found. */
  readonly known: readonly string[];
  /** Where else an unknown key would be right, in words. */
  readonly belongs: (key: string) => string | undefined;
}

/** What ajv found, in words. */
export function sayError(error: ErrorObject, { language, known, belongs }: Context): Said {
  const schema = (error.parentSchema ?? {}) as { description?: string; fr?: string; [key: string]: unknown };
  const about = (language === 'fr' ? schema.fr : schema.description) ?? '';
  const found = show(error.data, language);
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params.additionalProperty);
      return say(language, 'unknownKey', key, hint(key, known, belongs(key), language));
    }
    case 'required': {
      const key = String(params.missingProperty);
      const property = (schema.properties as Record<string, { description?: string; fr?: string }> | undefined)?.[key];
      return say(language, 'missing', key, (language === 'fr' ? property?.fr : property?.description) ?? key);
    }
    case 'type': {
      const wanted = TYPES[[params.type].flat().join()] ?? ['another kind of value', 'un autre type de valeur'];
      return say(language, 'type', found, `${wanted[language === 'fr' ? 1 : 0]}${about === '' ? '' : ` (${about})`}`);
    }
    case 'enum':
      return say(language, 'choice', found, (params.allowedValues as unknown[]).join(', '));
    case 'const':
      return say(language, 'choice', found, String(params.allowedValue));
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
      return say(language, 'range', found, range(schema, language));
    case 'minItems':
    case 'maxItems':
    case 'minLength':
    case 'maxLength':
      return sayCount(error, language);
    default:
      return say(language, 'form', found, about || error.message || error.keyword);
  }
}

/** Too many or too few entries of a list, or characters of a text. */
function sayCount({ keyword, params, data }: ErrorObject, language: Language): Said {
  const [entries, characters, least, most] =
    language === 'fr' ? ['éléments', 'caractères', 'au moins', 'au plus'] : ['entries', 'characters', 'at least', 'at most'];
  const unit = keyword.endsWith('Items') ? entries : characters;
  const length = Array.isArray(data) || typeof data === 'string' ? data.length : 0;
  return say(language, 'count', `${length} ${unit}`, `${keyword.startsWith('min') ? least : most} ${String(params.limit)}`);
}

/** A mend for an unknown key. */
export function hint(key: string, known: readonly string[], belongs: string | undefined, language: Language): string {
  const meant = suggest(key, known);
  if (meant !== undefined) return language === 'fr' ? `Vouliez-vous dire « ${meant} » ?` : `Did you mean "${meant}"?`;
  if (belongs !== undefined) return belongs;
  return language === 'fr' ? `Possible ici : ${known.join(', ')}` : `Possible here: ${known.join(', ')}`;
}

function range(schema: Readonly<Record<string, unknown>>, language: Language): string {
  const [over, least, most] = [schema.exclusiveMinimum, schema.minimum, schema.maximum];
  const words = language === 'fr' ? ['supérieure à', 'à partir de', "jusqu'à"] : ['above', 'from', 'up to'];
  const low = over === undefined ? (least === undefined ? '' : `${words[1]} ${String(least)}`) : `${words[0]} ${String(over)}`;
  const high = most === undefined ? '' : `${words[2]} ${String(most)}`;
  return [low, high].filter((part) => part !== '').join(' ');
}

function show(data: unknown, language: Language): string {
  if (Array.isArray(data)) return language === 'fr' ? 'une liste' : 'a list';
  if (data === null) return language === 'fr' ? 'rien' : 'nothing';
  if (typeof data === 'object') return language === 'fr' ? 'un bloc de clés' : 'a block of keys';
  return JSON.stringify(data)?.slice(0, 60) ?? 'nothing';
}
