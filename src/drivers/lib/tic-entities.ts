/** What a Linky offers, in both TIC modes under the same keys where they mean the same. Sources: NOI-CPT_54E 6.1 and 6.2. */
import type { Entity, Quantity, Text } from '../../model.ts';
import { DISTRIBUTOR_INDEXES, HISTORIC_INDEXES, REACTIVE_INDEXES, SUPPLIER_INDEXES } from './tic-labels.ts';
import { STGE_ENTITIES } from './tic-stge.ts';
import { COLORS, TARIFF_OPTIONS, TARIFF_PERIODS } from './tic-tariff.ts';

/** Half as much again as the largest Linky contract (36 kVA): no meter counts faster, in Wh per hour. */
const INDEX = { from: 'index', maxPerHour: 54_000 } as const;
const SEEN = { whenSeen: true } as const;
const DIAGNOSTIC = { diagnostic: true, whenSeen: true } as const;
const HIDDEN = { diagnostic: true, disabled: true, whenSeen: true } as const;
const RATING = { setting: true, diagnostic: true, whenSeen: true } as const;

type Table = Record<string, Entity>;
const text = (en: string, fr: string): Text => ({ en, fr });
const entity = (quantity: Quantity, en: string, fr: string, more: Partial<Entity> = {}): Entity => ({
  name: text(en, fr),
  quantity,
  ...more,
});
const phases = (make: (phase: number) => Table): Table => Object.assign({}, ...[1, 2, 3].map(make)) as Table;
const stamp = (of: string): Entity => entity('timestamp', 'at', 'le', { attributeOf: of });

/** Both modes. */
const SHARED: Table = {
  apparent_power: entity('apparentPower', 'Apparent power', 'Puissance apparente', { decimals: 0, deadBand: 20 }),
  energy_drawn: entity('energy', 'Energy drawn', 'Énergie soutirée', { decimals: 0, total: INDEX }),
  tariff_period: entity('enum', 'Tariff period', 'Période tarifaire', { options: TARIFF_PERIODS }),
  tariff_period_text: entity('text', 'raw', 'brut', { attributeOf: 'tariff_period' }),
  overload: entity('problem', 'Overload', 'Dépassement'),
  overload_current: entity('current', 'current', 'courant', { attributeOf: 'overload' }),
  today_color: entity('enum', 'Colour today', 'Couleur du jour', { options: COLORS, ...SEEN }),
  tomorrow_color: entity('enum', 'Colour tomorrow', 'Couleur de demain', { options: COLORS, ...SEEN }),
  meter_address: entity('text', 'Meter address', 'Adresse du compteur', { personal: true, ...HIDDEN }),
  tic_mode: entity('enum', 'TIC mode', 'Mode TIC', {
    diagnostic: true,
    options: { historic: text('Historic', 'Historique'), standard: text('Standard', 'Standard') },
  }),
  tic_error_rate: entity('ratio', 'TIC errors', 'Erreurs TIC', { decimals: 1, diagnostic: true, deadBand: 0.5 }),
  index_mismatch: entity('problem', 'Indexes disagree', 'Index incohérents', DIAGNOSTIC),
  withheld_frames: entity('tally', 'Frames with disagreeing indexes', 'Trames aux index incohérents', DIAGNOSTIC),
  ...phases((n) => ({
    [`current_l${n}`]: entity('current', `Current L${n}`, `Courant L${n}`, { decimals: 0, ...(n > 1 && SEEN) }),
    [`overload_l${n}`]: entity('problem', `Overload L${n}`, `Dépassement L${n}`, SEEN),
  })),
};

const HISTORIC_NAMES: Readonly<Record<(typeof HISTORIC_INDEXES)[number], Text>> = {
  BASE: text('Index base', 'Index base'),
  HCHC: text('Index off-peak', 'Index heures creuses'),
  HCHP: text('Index peak', 'Index heures pleines'),
  EJPHN: text('Index EJP normal', 'Index EJP heures normales'),
  EJPHPM: text('Index EJP mobile peak', 'Index EJP pointe mobile'),
  BBRHCJB: text('Index blue off-peak', 'Index HC jours bleus'),
  BBRHPJB: text('Index blue peak', 'Index HP jours bleus'),
  BBRHCJW: text('Index white off-peak', 'Index HC jours blancs'),
  BBRHPJW: text('Index white peak', 'Index HP jours blancs'),
  BBRHCJR: text('Index red off-peak', 'Index HC jours rouges'),
  BBRHPJR: text('Index red peak', 'Index HP jours rouges'),
};

const HISTORIC: Table = {
  ...Object.fromEntries(
    HISTORIC_INDEXES.map((label) => [
      label.toLowerCase(),
      { name: HISTORIC_NAMES[label], quantity: 'energy', decimals: 0, total: INDEX, ...SEEN } satisfies Entity,
    ]),
  ),
  tariff_option: entity('enum', 'Tariff option', 'Option tarifaire', { options: TARIFF_OPTIONS, ...DIAGNOSTIC }),
  subscribed_current: entity('current', 'Subscribed current', 'Intensité souscrite', { decimals: 0, ...RATING }),
  ejp_notice: entity('flag', 'EJP notice', 'Préavis EJP', SEEN),
  ejp_notice_minutes: entity('count', 'minutes', 'minutes', { attributeOf: 'ejp_notice' }),
  max_current: entity('current', 'Maximum current', 'Intensité maximale', { ...RATING, disabled: true }),
  max_power_yesterday: entity('apparentPower', 'Maximum power yesterday', 'Puissance maximale de la veille', RATING),
  schedule_group: entity('text', 'Off-peak schedule group', 'Groupe horaire HP/HC', HIDDEN),
  status_word: entity('text', 'Status word', "Mot d'état", HIDDEN),
  gas: entity('volumeGas', 'Gas', 'Gaz', { decimals: 0, total: { from: 'index', maxPerHour: 50_000 }, ...SEEN }),
  other_meter: entity('volumeWater', 'Third meter', 'Troisième compteur', {
    decimals: 0,
    total: { from: 'index', maxPerHour: 50_000 },
    ...SEEN,
  }),
  ...phases((n) => ({
    [`max_current_l${n}`]: entity('current', `Maximum current L${n}`, `Intensité maximale L${n}`, { ...RATING, disabled: true }),
    [`phase_missing_l${n}`]: entity('problem', `Phase L${n} missing`, `Phase L${n} absente`, DIAGNOSTIC),
    [`overload_current_l${n}`]: entity('current', 'current', 'courant', { attributeOf: `overload_l${n}` }),
  })),
};

/** A daily maximum or a load curve point, with the moment as attribute. */
function stamped(key: string, quantity: Quantity, en: string, fr: string, more: Partial<Entity> = SEEN): Table {
  return { [key]: entity(quantity, en, fr, { decimals: 0, setting: true, ...more }), [`${key}_at`]: stamp(key) };
}

const RELAY_USES: readonly Text[] = [
  text('Dry contact', 'Contact sec'),
  ...[1, 2, 3, 4, 5, 6, 7].map((n) => text(`Virtual contact ${n}`, `Contact virtuel ${n}`)),
];

const STANDARD: Table = {
  ...Object.fromEntries(
    SUPPLIER_INDEXES.map((label, i) => [
      label.toLowerCase(),
      entity('energy', `Supplier index ${i + 1}`, `Index fournisseur ${i + 1}`, { decimals: 0, total: INDEX, ...SEEN }),
    ]),
  ),
  ...Object.fromEntries(
    DISTRIBUTOR_INDEXES.map((label, i) => [
      label.toLowerCase(),
      entity('energy', `Distributor index ${i + 1}`, `Index distributeur ${i + 1}`, { decimals: 0, total: INDEX, disabled: true, ...SEEN }),
    ]),
  ),
  ...Object.fromEntries(
    REACTIVE_INDEXES.map((label, i) => [
      label.toLowerCase(),
      entity('reactiveEnergy', `Reactive energy Q${i + 1}`, `Énergie réactive Q${i + 1}`, {
        decimals: 0,
        total: INDEX,
        disabled: true,
        ...SEEN,
      }),
    ]),
  ),
  energy_injected: entity('energy', 'Energy injected', 'Énergie injectée', { decimals: 0, total: INDEX, ...SEEN }),
  injected_power: entity('apparentPower', 'Apparent power injected', 'Puissance apparente injectée', {
    decimals: 0,
    deadBand: 20,
    ...SEEN,
  }),
  subscribed_power: entity('apparentPowerRating', 'Subscribed power', 'Puissance souscrite', { decimals: 0, ...RATING }),
  cut_off_power: entity('apparentPowerRating', 'Cut-off power', 'Puissance de coupure', { decimals: 0, ...RATING }),
  supplier_calendar: entity('text', 'Supplier calendar', 'Calendrier fournisseur', DIAGNOSTIC),
  supplier_index: entity('count', 'Supplier index', 'Index fournisseur en cours', { setting: true, ...DIAGNOSTIC }),
  tic_version: entity('text', 'TIC version', 'Version TIC', HIDDEN),
  clock_drift: entity('duration', 'Meter clock drift', "Dérive de l'horloge du compteur", { decimals: 0, deadBand: 5, ...DIAGNOSTIC }),
  prm: entity('text', 'Delivery point (PRM)', 'Point de livraison (PRM)', { personal: true, ...HIDDEN }),
  message: entity('text', 'Message', 'Message', DIAGNOSTIC),
  short_message: entity('text', 'Short message', 'Message court', DIAGNOSTIC),
  day_profile: entity('text', 'Day profile', 'Profil du jour', DIAGNOSTIC),
  day_profile_tomorrow: entity('text', 'Day profile tomorrow', 'Profil de demain', DIAGNOSTIC),
  profile_tomorrow: entity('text', 'Schedule tomorrow', 'Programme de demain', HIDDEN),
  profile_tomorrow_raw: entity('text', 'raw', 'brut', { attributeOf: 'profile_tomorrow' }),
  profile_peak_day: entity('text', 'Schedule of the next peak day', 'Programme du prochain jour de pointe', HIDDEN),
  profile_peak_day_raw: entity('text', 'raw', 'brut', { attributeOf: 'profile_peak_day' }),
  phase_power_estimated: entity('problem', 'Phase powers implausible', 'Puissances par phase invraisemblables', DIAGNOSTIC),
  ...stamped('max_drawn_today', 'apparentPower', 'Maximum drawn today', 'Maximum soutiré du jour'),
  ...stamped('max_drawn_yesterday', 'apparentPower', 'Maximum drawn yesterday', 'Maximum soutiré de la veille'),
  ...stamped('max_injected_today', 'apparentPower', 'Maximum injected today', 'Maximum injecté du jour'),
  ...stamped('max_injected_yesterday', 'apparentPower', 'Maximum injected yesterday', 'Maximum injecté de la veille'),
  ...stamped('load_curve_drawn', 'power', 'Load curve drawn', 'Courbe de charge soutirée'),
  ...stamped('load_curve_drawn_previous', 'power', 'Load curve drawn, previous', 'Courbe de charge soutirée, point précédent'),
  ...stamped('load_curve_injected', 'power', 'Load curve injected', 'Courbe de charge injectée'),
  ...stamped('load_curve_injected_previous', 'power', 'Load curve injected, previous', 'Courbe de charge injectée, point précédent'),
  ...phases((n) => ({
    [`voltage_l${n}`]: entity('voltage', `Voltage L${n}`, `Tension L${n}`, { decimals: 0, ...SEEN }),
    [`apparent_power_l${n}`]: entity('apparentPower', `Apparent power L${n}`, `Puissance apparente L${n}`, {
      decimals: 0,
      deadBand: 20,
      ...SEEN,
    }),
    ...stamped(`mean_voltage_l${n}`, 'voltage', `Mean voltage L${n}`, `Tension moyenne L${n}`, { disabled: true, ...SEEN }),
    ...stamped(`max_drawn_today_l${n}`, 'apparentPower', `Maximum drawn today L${n}`, `Maximum soutiré du jour L${n}`, {
      disabled: true,
      ...SEEN,
    }),
    ...stamped(`max_drawn_yesterday_l${n}`, 'apparentPower', `Maximum drawn yesterday L${n}`, `Maximum soutiré de la veille L${n}`, {
      disabled: true,
      ...SEEN,
    }),
    [`peak_${n}_start`]: entity('timestamp', `Mobile peak ${n} start`, `Début de pointe mobile ${n}`, SEEN),
    [`peak_${n}_end`]: entity('timestamp', `Mobile peak ${n} end`, `Fin de pointe mobile ${n}`, SEEN),
  })),
  ...Object.fromEntries(RELAY_USES.map((name, i) => [`relay_${i + 1}`, { name, quantity: 'flag', ...DIAGNOSTIC } satisfies Entity])),
  ...STGE_ENTITIES,
};

export const LINKY_ENTITIES: Readonly<Record<string, Entity>> = { ...SHARED, ...HISTORIC, ...STANDARD };
