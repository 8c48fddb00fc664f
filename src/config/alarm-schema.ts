/** The shape of `alarms:`, `mail:` and `buzzer:` in the house file. The mail account itself stands in the options of the app. */
import type { SchemaObject } from 'ajv';

const described = (en: string, fr: string, schema: SchemaObject): SchemaObject => ({ ...schema, description: en, fr });
const number = (en: string, fr: string, minimum: number, maximum: number, fallback?: number): SchemaObject =>
  described(en, fr, { type: 'number', minimum, maximum, ...(fallback !== undefined && { default: fallback }) });
const flag = (en: string, fr: string, fallback: boolean): SchemaObject => described(en, fr, { type: 'boolean', default: fallback });
const text = (en: string, fr: string, more: SchemaObject = {}): SchemaObject =>
  described(en, fr, { type: 'string', minLength: 1, maxLength: 200, ...more });
const choice = (en: string, fr: string, values: readonly string[], fallback?: string): SchemaObject =>
  described(en, fr, { type: 'string', enum: [...values], ...(fallback !== undefined && { default: fallback }) });
const section = (en: string, fr: string, properties: Record<string, SchemaObject>): SchemaObject =>
  described(en, fr, { type: 'object', additionalProperties: false, default: {}, properties });

const DAY_S = 86_400;
const SEVERITIES = ['info', 'warning', 'critical'];
const RULE_ID = '^[a-z][a-z0-9_]{0,63}$';
/** No spaces, no brackets, one @: what a mail server takes as an address and nothing else. */
const ADDRESS = '^[^\\s@<>,;:"()]+@[^\\s@<>,;:"()]+$';
const HOUR = '^([01][0-9]|2[0-3]):[0-5][0-9]$';

const RULE: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'device', 'value', 'when'],
  properties: {
    id: text('Lasting name: a-z, 0-9, _', 'Nom durable : a-z, 0-9, _', { pattern: RULE_ID }),
    device: text('Id of the device', "Id de l'appareil"),
    value: text('Which value of it, as in its topic: temperature, bus_voltage, …', 'Quelle valeur, comme dans son sujet : temperature, …'),
    when: choice('above, below, problem (a flag says yes) or stale (no data)', 'above (au-dessus), below (en dessous), problem ou stale', [
      ...['above', 'below', 'problem', 'stale'],
    ]),
    raise: number(
      'above, below: the alarm begins beyond this value',
      "above, below : l'alarme commence au-delà de cette valeur",
      -1e6,
      1e6,
    ),
    clear: number('above, below: the alarm ends at this value', "above, below : l'alarme finit à cette valeur", -1e6, 1e6),
    for_s: number('Begins only after this time, s', "Ne commence qu'après ce temps, s", 0, DAY_S, 0),
    clear_for_s: number('Ends only after this time, s', "Ne finit qu'après ce temps, s", 0, DAY_S, 0),
    severity: choice('info, warning or critical', 'info, warning (avertissement) ou critical (critique)', SEVERITIES, 'warning'),
    name: text('Name people see', 'Nom affiché', { maxLength: 80 }),
    advice: text('What to do, for the mail', 'Que faire, pour le courriel', { maxLength: 500 }),
  },
};

/** `alarms:`. Overheating may be told earlier than the product promises, never later. */
export const ALARMS_SCHEMA: SchemaObject = section('What is wrong enough to be told', 'Ce qui mérite une alerte', {
  defaults: flag('Rules of our own: overheating, deep discharge, lost device, storage', 'Règles fournies : surchauffe, décharge…', true),
  without: described('Ids of our own rules to leave out', 'Ids des règles fournies à retirer', {
    ...{ type: 'array', default: [], maxItems: 200, uniqueItems: true, items: { type: 'string', pattern: RULE_ID } },
  }),
  warm_c: number('Warning above this temperature, °C', 'Avertissement au-dessus de, °C', 20, 80, 70),
  hot_c: number('Overheating above this temperature, °C: 80 at most', 'Surchauffe au-dessus de, °C : 80 au plus', 30, 80, 80),
  critical_c: number('Critical above, °C, a mail a minute: 100 at most', 'Critique au-dessus de, °C : 100 au plus', 40, 100, 100),
  battery_low_v: number(
    'Deep discharge below this voltage, V (12 V battery: 10.8)',
    'Décharge profonde sous, V (12 V : 10,8)',
    1,
    1000,
    10.8,
  ),
  battery_recovered_v: number('The discharge is over at this voltage, V', 'La décharge est finie à cette tension, V', 1, 1000, 12),
  lost_s: number('A device is lost after this time without data, s', 'Un appareil est perdu sans données depuis, s', 60, DAY_S, 600),
  rules: described('Rules of your own; the id of one of ours replaces it', 'Vos règles ; un id fourni le remplace', {
    ...{ type: 'array', default: [], maxItems: 100, items: RULE },
  }),
});

/** `mail:`, without the account. Nothing is mailed without a host. */
export const MAIL_SCHEMA: SchemaObject = section('How alarms are mailed', 'Envoi des alarmes par courriel', {
  host: text('Mail server; without one nothing is mailed', "Serveur d'envoi ; sans lui rien n'est envoyé", {
    pattern: '^[A-Za-z0-9.:-]+$',
  }),
  port: described('Port: 587 with starttls, 465 with tls', 'Port : 587 avec starttls, 465 avec tls', {
    ...{ type: 'integer', minimum: 1, maximum: 65_535, default: 587 },
  }),
  security: choice(
    'starttls or tls; plain sends name, password and text readable by all on the way',
    'starttls ou tls ; plain envoie nom, mot de passe et texte lisibles par tous en chemin',
    ['starttls', 'tls', 'plain'],
    'starttls',
  ),
  ca: text("File of the authority behind the server's certificate, if private", "Fichier de l'autorité du certificat, si elle est privée"),
  from: text('Sender address', "Adresse de l'expéditeur", { pattern: ADDRESS }),
  to: described('Recipient addresses', 'Adresses des destinataires', {
    ...{ type: 'array', default: [], maxItems: 10, uniqueItems: true, items: { type: 'string', maxLength: 254, pattern: ADDRESS } },
  }),
  severity: choice('Least severity that is mailed', 'Gravité minimale envoyée', SEVERITIES, 'warning'),
  tell_end: flag('Also mail the end of an alarm', "Envoyer aussi la fin d'une alarme", false),
  per_hour: number(
    'Mails an hour at most (critical overheating excepted)',
    'Courriels par heure au plus (hors surchauffe critique)',
    1,
    60,
    6,
  ),
  per_day: number(
    'Mails a day at most (critical overheating excepted)',
    'Courriels par jour au plus (hors surchauffe critique)',
    1,
    500,
    20,
  ),
  repeat_s: number('The same alarm at most this often, s', 'La même alarme au plus à cet intervalle, s', 60, DAY_S, 3_600),
  gather_s: number('Alarms wait this long to go in one mail, s', 'Les alarmes attendent ce temps pour partir ensemble, s', 0, 3_600, 30),
});

/** `buzzer:`. Nothing sounds without a line. */
export const BUZZER_SCHEMA: SchemaObject = section('A buzzer for critical alarms', 'Un buzzer pour les alarmes critiques', {
  line: described('GPIO line (BCM number)', 'Ligne GPIO (numéro BCM)', { type: 'integer', minimum: 0, maximum: 511 }),
  chip: text('GPIO chip: auto, its label or its path', 'Puce GPIO : auto, son étiquette ou son chemin', { default: 'auto', maxLength: 80 }),
  active_low: flag('It sounds when the line is low', "Il sonne quand la ligne est à l'état bas", false),
  cap_s: number('Falls silent after this much sound, s', 'Se tait après cette durée de son, s', 1, 3_600, 180),
  quiet_from: text('Quiet hours begin, "22:00" (critical overheating excepted)', 'Début du silence, "22:00" (hors surchauffe)', {
    pattern: HOUR,
  }),
  quiet_to: text('Quiet hours end, "07:00"', 'Fin du silence, "07:00"', { pattern: HOUR }),
});
