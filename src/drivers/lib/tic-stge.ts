/** The status register of the standard TIC, bit by bit. Source: NOI-CPT_54E 6.2.3.14. */
import type { Entity, Text, Value } from '../../model.ts';

const BREAKER = ['closed', 'overpower', 'overvoltage', 'shedding', 'remote', 'overheating_high', 'overheating_low'] as const;
const EURIDIS = ['off', 'on', null, 'on_secured'] as const;
const PLC = ['new_unlocked', 'new_locked', 'registered'] as const;
const COLOR = ['none', 'blue', 'white', 'red'] as const;
const PEAK = ['none', 'peak_1', 'peak_2', 'peak_3'] as const;

const BREAKER_NAMES = {
  closed: { en: 'Closed', fr: 'Fermé' },
  overpower: { en: 'Open: overpower', fr: 'Ouvert : surpuissance' },
  overvoltage: { en: 'Open: overvoltage', fr: 'Ouvert : surtension' },
  shedding: { en: 'Open: load-shedding', fr: 'Ouvert : délestage' },
  remote: { en: 'Open: remote order', fr: 'Ouvert : ordre à distance' },
  overheating_high: {
    en: 'Open: overheating, above the switching current',
    fr: 'Ouvert : surchauffe, courant supérieur au pouvoir de coupure',
  },
  overheating_low: { en: 'Open: overheating', fr: 'Ouvert : surchauffe' },
} as const satisfies Record<(typeof BREAKER)[number], Text>;
const EURIDIS_NAMES = {
  off: { en: 'Off', fr: 'Désactivée' },
  on: { en: 'On, unsecured', fr: 'Activée sans sécurité' },
  on_secured: { en: 'On, secured', fr: 'Activée avec sécurité' },
} as const;
const PLC_NAMES = {
  new_unlocked: { en: 'New, unlocked', fr: 'New/Unlock' },
  new_locked: { en: 'New, locked', fr: 'New/Lock' },
  registered: { en: 'Registered', fr: 'Registered' },
} as const satisfies Record<(typeof PLC)[number], Text>;
const PEAK_NAMES = {
  none: { en: 'None', fr: 'Aucune' },
  peak_1: { en: 'Mobile peak 1', fr: 'Pointe mobile 1' },
  peak_2: { en: 'Mobile peak 2', fr: 'Pointe mobile 2' },
  peak_3: { en: 'Mobile peak 3', fr: 'Pointe mobile 3' },
} as const satisfies Record<(typeof PEAK)[number], Text>;

const SEEN = { whenSeen: true } as const;
const DIAGNOSTIC = { diagnostic: true, whenSeen: true } as const;
const HIDDEN = { diagnostic: true, disabled: true, whenSeen: true } as const;

/** Entities of the register, but for those which both modes share (overload, colours). */
export const STGE_ENTITIES = {
  stge: { name: { en: 'Status register', fr: 'Registre de statuts' }, quantity: 'text', ...HIDDEN },
  dry_contact: { name: { en: 'Dry contact closed', fr: 'Contact sec fermé' }, quantity: 'flag', ...DIAGNOSTIC },
  breaker: { name: { en: 'Breaker', fr: 'Organe de coupure' }, quantity: 'enum', options: BREAKER_NAMES, ...SEEN },
  terminal_cover: { name: { en: 'Terminal cover', fr: 'Cache-bornes' }, quantity: 'opening', ...DIAGNOSTIC },
  overvoltage: { name: { en: 'Overvoltage', fr: 'Surtension' }, quantity: 'problem', ...DIAGNOSTIC },
  producer: { name: { en: 'Producer', fr: 'Producteur' }, quantity: 'flag', ...DIAGNOSTIC },
  exporting: { name: { en: 'Exporting', fr: 'Injection en cours' }, quantity: 'flag', ...SEEN },
  stge_supplier_index: {
    name: { en: 'Supplier index (status)', fr: 'Index fournisseur (statut)' },
    quantity: 'count',
    setting: true,
    ...HIDDEN,
  },
  distributor_index: { name: { en: 'Distributor index', fr: 'Index distributeur' }, quantity: 'count', setting: true, ...DIAGNOSTIC },
  clock_degraded: { name: { en: 'Meter clock degraded', fr: 'Horloge du compteur dégradée' }, quantity: 'problem', ...DIAGNOSTIC },
  tic_standard: { name: { en: 'TIC output standard', fr: 'Sortie TIC standard' }, quantity: 'flag', ...HIDDEN },
  euridis: { name: { en: 'Euridis output', fr: 'Sortie Euridis' }, quantity: 'enum', options: EURIDIS_NAMES, ...HIDDEN },
  plc_state: { name: { en: 'PLC state', fr: 'État CPL' }, quantity: 'enum', options: PLC_NAMES, ...DIAGNOSTIC },
  plc_synchronised: { name: { en: 'PLC synchronised', fr: 'CPL synchronisé' }, quantity: 'flag', ...DIAGNOSTIC },
  peak_notice: { name: { en: 'Mobile peak notice', fr: 'Préavis de pointe mobile' }, quantity: 'enum', options: PEAK_NAMES, ...SEEN },
  peak_running: { name: { en: 'Mobile peak running', fr: 'Pointe mobile en cours' }, quantity: 'enum', options: PEAK_NAMES, ...SEEN },
} as const satisfies Record<string, Entity>;

/** Eight hexadecimal digits to values. Codes that the specification leaves undefined are unknown (null). */
export function decodeStge(hex: string): Record<string, Value> {
  const word = Number.parseInt(hex, 16) >>> 0;
  const bits = (low: number, count: number): number => (word >>> low) & ((1 << count) - 1);
  const bit = (at: number): boolean => bits(at, 1) === 1;
  return {
    stge: hex,
    dry_contact: !bit(0),
    breaker: BREAKER[bits(1, 3)] ?? null,
    terminal_cover: bit(4),
    overvoltage: bit(6),
    overload: bit(7),
    producer: bit(8),
    exporting: bit(9),
    stge_supplier_index: bits(10, 4) + 1,
    distributor_index: bits(14, 2) + 1,
    clock_degraded: bit(16),
    tic_standard: bit(17),
    euridis: EURIDIS[bits(19, 2)] ?? null,
    plc_state: PLC[bits(21, 2)] ?? null,
    plc_synchronised: bit(23),
    today_color: COLOR[bits(24, 2)] ?? null,
    tomorrow_color: COLOR[bits(26, 2)] ?? null,
    peak_notice: PEAK[bits(28, 2)] ?? null,
    peak_running: PEAK[bits(30, 2)] ?? null,
  };
}
