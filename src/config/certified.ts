/** The `certified` section: whose daily energies are compared with those of the grid operator, and where they are asked for. */
import type { SchemaObject } from 'ajv';
import type { Language } from '../model.ts';
import type { CrossFault } from './cross-check.ts';
import { type Raw, record, records } from './raw.ts';
import { say } from './words.ts';

/** The token stands in the options of the app. */
export interface CertifiedConfig {
  readonly meter: string;
  /** Personal: identifies a home. */
  readonly prm: string;
  readonly url: string;
}

/** Nothing is asked without the section. */
export const CERTIFIED_SCHEMA: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['meter', 'prm'],
  description: 'Daily energies of the grid operator (Enedis), compared with ours; the token stands in the options of the app',
  fr: "Énergies quotidiennes du gestionnaire de réseau (Enedis), comparées aux nôtres ; le jeton est dans les options de l'application",
  properties: {
    meter: {
      type: 'string',
      pattern: '^[a-z][a-z0-9_]{0,31}$',
      description: 'Id of the Linky that is compared',
      fr: 'Id du Linky comparé',
    },
    prm: {
      type: 'string',
      pattern: '^[0-9]{14}$',
      description: 'Delivery point (PRM): 14 digits in quotes, personal',
      fr: 'Point de livraison (PRM) : 14 chiffres entre guillemets, personnel',
    },
    url: {
      type: 'string',
      maxLength: 200,
      pattern: '^(https://[^\\s@?#/]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]+)?)(/[^\\s?#]*)?$',
      default: 'https://conso.boris.sh/api',
      description: 'Gateway to the grid operator, https:// (Conso API or one that speaks like it)',
      fr: 'Passerelle vers le gestionnaire de réseau, https:// (Conso API ou une qui parle comme elle)',
    },
  },
};

export function crossCheckCertified(raw: Raw, language: Language): CrossFault[] {
  const { meter } = record(raw.certified);
  if (typeof meter !== 'string') return [];
  const meters = records(raw.devices).flatMap(({ id, type }) => (type === 'linky' ? [String(id)] : []));
  return meters.includes(meter)
    ? []
    : [{ path: ['certified', 'meter'], said: say(language, 'absent', `Linky ${meter}`, meters.join(', ')) }];
}
