/** A counted battery and a bank as people see them: charge, health, energy, times. */
import type { Description, Entities, Entity, Text, Value } from '../model.ts';
import { type Bank, sumPacks } from './bank.ts';
import { spreadTrend } from './cell-spread.ts';
import type { GaugeSetting, GaugeState } from './gauge.ts';
import type { Anchor } from './state-of-charge.ts';
import { stateOfHealth } from './state-of-health.ts';

const ANCHORS = {
  none: { en: 'Nothing yet', fr: 'Rien encore' },
  voltage: { en: 'First look at the voltage', fr: 'Premier regard sur la tension' },
  rest: { en: 'Voltage at rest', fr: 'Tension au repos' },
  full: { en: 'Full charge', fr: 'Pleine charge' },
  empty: { en: 'Empty', fr: 'Vide' },
  bms: { en: 'The battery itself', fr: 'La batterie elle-même' },
} as const satisfies Record<Anchor, Text>;

/** W per Wh of capacity and per battery without one: nothing larger is believed of an hour's energy. */
const MOST_WH = 1_000_000;
const total = (en: string, fr: string): Entity => ({
  name: { en, fr },
  quantity: 'energy',
  decimals: 0,
  deadBand: 5,
  total: { from: 'session', maxPerHour: MOST_WH },
});
const ENERGY: Entities = {
  power: { name: { en: 'Power', fr: 'Puissance' }, quantity: 'power', decimals: 0, deadBand: 2 },
  energy_charged: total('Energy charged', 'Énergie chargée'),
  energy_discharged: total('Energy discharged', 'Énergie déchargée'),
};
const CHARGE: Entities = {
  state_of_charge: { name: { en: 'State of charge', fr: 'Niveau de charge' }, quantity: 'stateOfCharge', decimals: 1, deadBand: 0.2 },
  soc_confidence: {
    name: { en: 'State of charge, confidence', fr: 'Niveau de charge, confiance' },
    ...{ quantity: 'ratio', decimals: 0, diagnostic: true },
  },
  soc_uncertainty: {
    name: { en: 'State of charge, true within ±', fr: 'Niveau de charge, vrai à ± près' },
    ...{ quantity: 'ratio', decimals: 0, diagnostic: true, whenSeen: true },
  },
};
const STORED: Entities = {
  stored_energy: { name: { en: 'Stored energy', fr: 'Énergie stockée' }, quantity: 'storedEnergy', decimals: 0, deadBand: 5 },
  time_to_full: { name: { en: 'Time to full', fr: 'Temps avant pleine' }, quantity: 'duration', decimals: 0, deadBand: 120 },
  time_to_empty: { name: { en: 'Time to empty', fr: 'Temps avant vide' }, quantity: 'duration', decimals: 0, deadBand: 120 },
};
const HEALTH: Entities = {
  soc_anchor: {
    name: { en: 'State of charge set by', fr: 'Niveau de charge fixé par' },
    quantity: 'enum',
    options: ANCHORS,
    diagnostic: true,
  },
  soc_counted: { name: { en: 'counted since, Ah', fr: 'compté depuis, Ah' }, quantity: 'charge', decimals: 1, attributeOf: 'soc_anchor' },
  current_offset: {
    name: { en: 'Current sensor offset', fr: 'Décalage du capteur de courant' },
    ...{ quantity: 'current', decimals: 3, diagnostic: true, deadBand: 0.005 },
  },
  cycles: { name: { en: 'Full cycles', fr: 'Cycles complets' }, quantity: 'tally', decimals: 1, diagnostic: true, deadBand: 0.1 },
  hot_time: {
    name: { en: 'Time above 40 °C', fr: 'Temps au-dessus de 40 °C' },
    ...{ quantity: 'duration', decimals: 0, diagnostic: true, deadBand: 60 },
  },
  state_of_health: {
    name: { en: 'State of health', fr: 'État de santé' },
    ...{ quantity: 'ratio', decimals: 0, diagnostic: true, whenSeen: true },
  },
  usable_capacity: {
    name: { en: 'Usable capacity', fr: 'Capacité utilisable' },
    ...{ quantity: 'charge', decimals: 1, diagnostic: true, whenSeen: true },
  },
  internal_resistance: {
    name: { en: 'Internal resistance', fr: 'Résistance interne' },
    ...{ quantity: 'resistance', decimals: 1, diagnostic: true, whenSeen: true },
  },
  cell_spread: {
    name: { en: 'Spread of the cells', fr: 'Écart entre éléments' },
    ...{ quantity: 'voltage', decimals: 3, diagnostic: true, whenSeen: true, deadBand: 0.002 },
  },
  cell_spread_trend: {
    name: { en: 'Spread of the cells, change in 30 days', fr: 'Écart entre éléments, évolution en 30 jours' },
    ...{ quantity: 'voltage', decimals: 3, diagnostic: true, whenSeen: true, setting: true },
  },
};

export interface Offered {
  /** Chemistry and capacity are known: charge and health are counted. */
  readonly counted: boolean;
  /** Voltage and current are measured. */
  readonly energy: boolean;
  /** The battery says its charge itself. */
  readonly bms: boolean;
}

export function gaugeEntities({ counted, energy, bms }: Offered): Entities {
  return { ...((counted || bms) && CHARGE), ...(counted && { ...STORED, ...HEALTH }), ...(energy && ENERGY) };
}

/** Energy totals are of this session: the ledger makes them whole. */
export function gaugeValues({ pack, times, counted }: GaugeState, { soc: setting }: GaugeSetting): Record<string, Value> {
  const shown = { ...shownPack(pack), ...energies(pack) };
  if (counted === undefined || setting === undefined) return shown;
  const { soc, health } = counted;
  const stored = pack.soc === null || pack.capacityWh === null ? null : pack.soc * pack.capacityWh;
  return {
    ...shown,
    stored_energy: rounded(stored, 1),
    time_to_full: times.toFullS,
    time_to_empty: times.toEmptyS,
    soc_anchor: soc.anchor,
    soc_counted: rounded(soc.countedAh, 1),
    current_offset: rounded(soc.offset.amps, 3),
    cycles: Math.floor((10 * health.dischargedAh) / setting.capacityAh) / 10,
    hot_time: Math.floor(health.hotMs / 60_000) * 60,
    state_of_health: rounded(percent(stateOfHealth(health, setting.capacityAh)), 0),
    usable_capacity: rounded(health.usableAh, 1),
    internal_resistance: rounded(health.resistance.ohms === null ? null : 1000 * health.resistance.ohms, 2),
    cell_spread: rounded(health.spread.mv === null ? null : health.spread.mv / 1000, 3),
    cell_spread_trend: rounded(thousandth(spreadTrend(health.spread)), 4),
  };
}

/** `energy`: voltage and current of every pack are measured; else a sum would silently lack one. */
export function describeBank(energy: boolean): Description {
  const entities = { ...CHARGE, ...STORED, ...(energy && ENERGY) };
  return { manufacturer: 'Boxénergie', model: 'Battery bank', periodMs: 10_000, entities };
}

export function bankValues(gauges: readonly GaugeState[]): Record<string, Value> {
  const bank: Bank = sumPacks(gauges.map(({ pack }) => pack));
  return {
    ...{ ...shownPack(bank), ...energies(bank) },
    stored_energy: rounded(bank.storedWh, 1),
    time_to_full: bank.toFullS,
    time_to_empty: bank.toEmptyS,
  };
}

type Shown = Pick<Bank, 'soc' | 'confidence' | 'uncertainty' | 'powerW' | 'chargedWh' | 'dischargedWh'>;
function shownPack({ soc, confidence, uncertainty, powerW }: Shown): Record<string, Value> {
  // Upward: what is promised is kept.
  const within = uncertainty === null ? null : Math.ceil(100 * uncertainty);
  return { state_of_charge: rounded(percent(soc), 1), soc_confidence: confidence, soc_uncertainty: within, power: rounded(powerW, 1) };
}

/** Hundredths, downward: a total never shrinks by rounding. */
function energies({ chargedWh, dischargedWh }: Shown): Record<string, Value> {
  return { energy_charged: Math.floor(chargedWh * 100) / 100, energy_discharged: Math.floor(dischargedWh * 100) / 100 };
}

function percent(share: number | null): number | null {
  return share === null ? null : 100 * share;
}

function thousandth(mv: number | null): number | null {
  return mv === null ? null : mv / 1000;
}

function rounded(value: number | null, decimals: number): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.round(value * 10 ** decimals) / 10 ** decimals;
}
