/** The shape of the `shedding` section: which meter is watched, which loads may be shed and when. */
import type { SchemaObject } from 'ajv';
import { TOPIC_PATTERN } from '../drivers/lib/mqtt-options.ts';
import { PATH_PATTERN } from '../drivers/lib/mqtt-payload.ts';

const ID = '^[a-z][a-z0-9_]{0,31}$';
const CLOCK = '^([01][0-9]|2[0-3]):[0-5][0-9]$';
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const PERIODS = [
  ...['all_hours', 'off_peak', 'peak', 'off_peak_weekend', 'normal', 'mobile_peak'],
  ...['off_peak_blue', 'peak_blue', 'off_peak_white', 'peak_white', 'off_peak_red', 'peak_red'],
];
const KINDS = ['heating', 'water_heater', 'heat_pump', 'cold', 'car', 'appliance', 'other'];

const id = (en: string, fr: string): SchemaObject => ({ type: 'string', pattern: ID, description: en, fr });
const words = (values: readonly string[], en: string, fr: string, more: SchemaObject = {}): SchemaObject => {
  return { type: 'string', enum: values, description: en, fr, ...more };
};
const number = (minimum: number, maximum: number, en: string, fr: string, more: SchemaObject = {}): SchemaObject => {
  return { type: 'number', minimum, maximum, description: en, fr, ...more };
};
const list = (items: SchemaObject, en: string, fr: string, more: SchemaObject = {}): SchemaObject => {
  return { type: 'array', maxItems: 32, items, description: en, fr, ...more };
};
const object = (required: readonly string[], properties: Record<string, SchemaObject>): SchemaObject => {
  return { type: 'object', additionalProperties: false, required, properties };
};

const OWN_METER: SchemaObject = {
  ...object(['device', 'entity'], {
    device: id('Device that measures it', 'Appareil qui le mesure'),
    entity: id('Its entity, in the unit of the watched power', "Son entité, dans l'unité de la puissance surveillée"),
  }),
  description: 'Own meter of the load: a load that draws nothing is then never shed',
  fr: "Compteur propre de la charge : une charge qui ne consomme rien n'est alors jamais délestée",
};

const text = (pattern: string, en: string, fr: string, more: SchemaObject = {}): SchemaObject => {
  return { type: 'string', pattern, minLength: 1, maxLength: 200, description: en, fr, ...more };
};
const word = (en: string, fr: string, more: SchemaObject = {}): SchemaObject => {
  return { type: 'string', minLength: 1, maxLength: 200, description: en, fr, ...more };
};
const SWITCH: SchemaObject = {
  ...object(['command', 'state'], {
    command: text(TOPIC_PATTERN, 'Topic on which it is told, without + and #', 'Sujet sur lequel il est commandé, sans + ni #'),
    on: word('What it is told for on', 'Ce qui lui est dit pour la marche', { default: 'ON' }),
    off: word('What it is told for off', "Ce qui lui est dit pour l'arrêt", { default: 'OFF' }),
    state: text(TOPIC_PATTERN, 'Topic on which it says its state, without + and #', 'Sujet sur lequel il dit son état, sans + ni #'),
    path: text(
      PATH_PATTERN,
      'Where the state stands in a JSON message, as in state or switch.output; absent: the whole message',
      'Où se trouve l’état dans un message JSON, comme state ou switch.output ; absent : tout le message',
    ),
    ask: text(
      TOPIC_PATTERN,
      'Topic on which it is asked for its state, for switches whose state the broker does not keep',
      "Sujet sur lequel son état est demandé, pour les interrupteurs dont le serveur ne garde pas l'état",
    ),
    ask_with: { type: 'string', maxLength: 200, default: '', description: 'What is asked', fr: 'Ce qui est demandé' },
    state_on: word('How it says on, if otherwise than it is told', 'Comment il dit la marche, si autrement que la commande'),
    state_off: word('How it says off, if otherwise than it is told', "Comment il dit l'arrêt, si autrement que la commande"),
  }),
  description: 'Any MQTT switch that feeds it: Zigbee2MQTT, Tasmota, ESPHome. Instead of relay',
  fr: "N'importe quel interrupteur MQTT qui l'alimente : Zigbee2MQTT, Tasmota, ESPHome. Au lieu de relay",
};

const LOAD = object(['id', 'priority', 'power'], {
  id: id('Lasting name: a-z, 0-9, _', 'Nom durable : a-z, 0-9, _'),
  name: { type: 'string', minLength: 1, maxLength: 80, description: 'Name people see', fr: 'Nom affiché' },
  relay: {
    type: 'string',
    pattern: '^rs_[0-9]{2}$',
    description: 'Relay that switches it. Without one, the permit is published and an automation switches it',
    fr: "Relais qui la commande. Sans relais, l'autorisation est publiée et une automatisation la commande",
  },
  mqtt: SWITCH,
  state: {
    ...object(['device', 'entity'], {
      device: id('Device that tells it', "Appareil qui l'indique"),
      entity: id('Its yes/no entity', 'Son entité oui/non'),
    }),
    description: 'Where a load without a relay says whether it is on',
    fr: 'Où une charge sans relais dit si elle est en marche',
  },
  kind: words(KINDS, 'Kind of load: gives it times that suit it', 'Type de charge : lui donne des durées adaptées', { default: 'other' }),
  priority: {
    type: 'integer',
    minimum: 1,
    maximum: 9,
    description: '1 is shed last, 9 first',
    fr: '1 : délestée en dernier, 9 : en premier',
  },
  power: number(1, 40_000, 'What it draws when on, W or VA', 'Ce qu’elle consomme en marche, W ou VA'),
  phase: {
    type: 'integer',
    minimum: 0,
    maximum: 3,
    default: 0,
    description: 'Phase 1, 2 or 3; 0 = single-phase house, or spread over three',
    fr: 'Phase 1, 2 ou 3 ; 0 : installation monophasée, ou répartie sur les trois',
  },
  when: words(
    ['comfort', 'need'],
    'comfort: for any excess. need: only when the meter is about to open',
    'comfort : à tout dépassement. need : seulement si le compteur va couper',
  ),
  min_on_s: number(0, 7200, 'Minimum time on, s', 'Temps de marche minimal, s'),
  min_off_s: number(
    60,
    7200,
    'Minimum time off, s; never less than 180 for a compressor',
    "Temps d'arrêt minimal, s ; jamais moins de 180 pour un compresseur",
  ),
  max_off_s: number(300, 86_400, 'Longest time off, s', "Temps d'arrêt le plus long, s"),
  meter: OWN_METER,
});

const WINDOW = object(['from', 'to'], {
  from: { type: 'string', pattern: CLOCK, description: 'Local time, "18:00"', fr: 'Heure locale, "18:00"' },
  to: {
    type: 'string',
    pattern: CLOCK,
    description: 'Local time; earlier than from = the next day',
    fr: 'Heure locale ; avant from = le lendemain',
  },
  days: list(words(DAYS, 'Day', 'Jour'), 'Days on which it starts; none = every day', 'Jours où elle commence ; aucun = tous les jours', {
    default: [],
  }),
});

const SCHEDULE: SchemaObject = {
  ...object(['id', 'loads'], {
    id: id('Lasting name: a-z, 0-9, _', 'Nom durable : a-z, 0-9, _'),
    loads: list(id('Id of a load', 'Identifiant d’une charge'), 'Loads to shed', 'Charges à délester', { minItems: 1 }),
    tariffs: list(words(PERIODS, 'Tariff period', 'Période tarifaire'), 'During these tariff periods', 'Pendant ces périodes tarifaires', {
      minItems: 1,
    }),
    colours: list(words(['blue', 'white', 'red'], 'Colour', 'Couleur'), 'On days of these colours', 'Les jours de ces couleurs', {
      minItems: 1,
    }),
    windows: list(WINDOW, 'In these windows of time', 'Dans ces plages horaires', { minItems: 1 }),
  }),
  anyOf: [{ required: ['tariffs'] }, { required: ['colours'] }, { required: ['windows'] }],
};

/** The section; an absent one sheds nothing. */
export const SHEDDING_SCHEMA: SchemaObject = {
  ...object(['meter', 'loads'], {
    meter: id(
      'Device that is watched: the Linky, or any device with a power',
      'Appareil surveillé : le Linky, ou tout appareil avec une puissance',
    ),
    entity: id(
      'Its power entity, when it is no Linky; limit is then needed',
      "Son entité de puissance, si ce n'est pas un Linky ; limit est alors obligatoire",
    ),
    limit: number(
      100,
      120_000,
      'Limit in the unit of the watched power (VA for a Linky). Lowers the subscribed power, never raises it',
      "Limite dans l'unité de la puissance surveillée (VA pour un Linky). Abaisse la puissance souscrite, ne la relève jamais",
    ),
    anticipate: { type: 'boolean', default: false, description: 'Shed from 90 % of the limit on', fr: 'Délester dès 90 % de la limite' },
    blind_budget: number(
      0,
      120_000,
      'Power that may stay on when the meter is silent for a minute; absent: all that is on, 0: nothing',
      'Puissance qui peut rester en marche quand le compteur se tait depuis une minute ; absent : tout ce qui marche, 0 : rien',
    ),
    loads: list(LOAD, 'Loads that may be shed', 'Charges qui peuvent être délestées', { minItems: 1 }),
    schedules: list(SCHEDULE, 'Planned shedding', 'Délestages programmés', { default: [] }),
  }),
  // A power of its own has no subscribed power to fall back on.
  dependencies: { entity: ['limit'] },
  description: 'Load-shedding',
  fr: 'Délestage',
};
