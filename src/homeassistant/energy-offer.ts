/** What our devices could add to the Energy dashboard, beside what is there already. Pure; never removes or changes anything. */
import type { Text } from '../model.ts';
import type { Resolve } from './dashboard-cards.ts';
import { roleOf } from './roles.ts';
import type { AnnouncedDevice } from './types.ts';

type Row = Readonly<Record<string, unknown>>;
/** As Home Assistant keeps them (frontend src/data/energy.ts); what we do not know is handed through. */
export interface Preferences {
  readonly energy_sources: readonly Row[];
  readonly device_consumption: readonly Row[];
}
export interface Offer {
  readonly preferences: Preferences;
  /** One for each thing that would be added, or that was left out on purpose. */
  readonly lines: readonly Text[];
  readonly additions: number;
}
export interface OfferInput {
  readonly devices: readonly AnnouncedDevice[];
  readonly resolve: Resolve;
  readonly preferences: Preferences;
  /** What an entity shows now. */
  valueOf(entityId: string): number | undefined;
  /** Core knows `stat_soc` of a battery (2026.6). */
  readonly knowsCharge: boolean;
}

/** An index of one tariff period each; `easd…` are the same energy a second time, by the network operator's periods. */
const INDEX = /^(base|hch[cp]|ejph\w+|bbrh\w+|easf\d\d)$/;
const SOLAR_TOTALS = ['energy_generated', 'yield_total'];
/** First what the app counts of a battery it guards, then what a battery says of itself. */
const BATTERY_TOTALS = [
  ['energy_discharged', 'energy_charged'],
  ['discharged_energy', 'charged_energy'],
] as const;

export function energyOffer(input: OfferInput): Offer {
  const { devices, preferences } = input;
  const known = statisticsIn(preferences);
  const fresh = (id: string | undefined): id is string => id !== undefined && !known.has(id);
  const grid = gridOffer(input, known);
  const sources: Row[] = [...grid.sources];
  const consumers: Row[] = [];
  const guarded = devices.some(
    ({ description: { entities } }) => entities.charge_state !== undefined && entities.energy_charged !== undefined,
  );
  for (const device of devices) {
    const id = (key: string): string | undefined => input.resolve(device, key);
    const role = roleOf(device);
    const solar = SOLAR_TOTALS.map(id).find((total) => total !== undefined);
    if (role === 'solar' && fresh(solar)) sources.push({ type: 'solar', stat_energy_from: solar, ...rate(id('pv_power')), ...FORECAST });
    if (role === 'battery' && (!guarded || device.description.entities.charge_state !== undefined)) {
      const totals = BATTERY_TOTALS.map((pair) => pair.map(id)).find(([out, into]) => out !== undefined && into !== undefined);
      if (totals !== undefined && fresh(totals[0]) && fresh(totals[1]))
        sources.push({ type: 'battery', stat_energy_from: totals[0], stat_energy_to: totals[1], ...batteryExtras(id, input) });
    }
    if (role === 'meter') {
      const total = id('energy') ?? id('energy_imported');
      if (fresh(total)) consumers.push({ stat_consumption: total, ...rate(id('power')), name: device.name });
    }
    if (role === 'water' && fresh(id('volume'))) sources.push({ type: mediumOf(device), stat_energy_from: id('volume'), ...NO_PRICE });
  }
  return {
    preferences: {
      energy_sources: [...preferences.energy_sources, ...sources],
      device_consumption: [...preferences.device_consumption, ...consumers],
    },
    lines: [...grid.notes, ...sources.map(sourceLine), ...consumers.map(consumerLine)],
    additions: sources.length + consumers.length,
  };
}

const NO_PRICE = { stat_cost: null, entity_energy_price: null, number_energy_price: null };
const FORECAST = { config_entry_solar_forecast: null };

/** One grid connection for each tariff index, so that each can have its price; nothing beside a grid that is not ours. */
function gridOffer({ devices, resolve, preferences, ...input }: OfferInput, known: ReadonlySet<string>): { sources: Row[]; notes: Text[] } {
  const sources: Row[] = [];
  const linkys = devices.filter((device) => roleOf(device) === 'linky');
  const ours = new Set(linkys.flatMap((device) => Object.keys(device.description.entities).map((key) => resolve(device, key))));
  const grids = preferences.energy_sources.filter(({ type }) => type === 'grid');
  const foreign = grids.some((row) => ![...statisticsIn(row)].some((id) => ours.has(id)));
  if (foreign && linkys.length > 0) return { sources, notes: [FOREIGN_GRID] };
  for (const device of linkys) {
    const whole = resolve(device, 'energy_drawn');
    const indexes = Object.keys(device.description.entities)
      .filter((key) => INDEX.test(key))
      .flatMap((key) => resolve(device, key) ?? []);
    const counting = indexes.filter((id) => (input.valueOf(id) ?? 0) > 0);
    const wanted = counting.length > 0 ? counting : indexes.length > 0 ? indexes : whole === undefined ? [] : [whole];
    // The sum is there already: its parts beside it would count twice.
    const missing = whole !== undefined && known.has(whole) ? [] : wanted.filter((id) => !known.has(id));
    const injected = resolve(device, 'energy_injected');
    for (const [index, id] of missing.entries()) {
      const returned = index === 0 && injected !== undefined && !known.has(injected) ? injected : null;
      sources.push({
        type: 'grid',
        stat_energy_from: id,
        stat_energy_to: returned,
        ...NO_PRICE,
        ...NO_EXPORT_PRICE,
        cost_adjustment_day: 0,
      });
    }
  }
  return { sources, notes: [] };
}

const NO_EXPORT_PRICE = { stat_compensation: null, entity_energy_price_export: null, number_energy_price_export: null };
const FOREIGN_GRID: Text = {
  en: 'left out: the grid, because another grid source is there and ours beside it would count twice',
  fr: "laissé de côté : le réseau, car une autre source de réseau existe et la nôtre s'y ajouterait",
};

/** Ours is positive when charging, the dashboard's when discharging. */
function batteryExtras(id: (key: string) => string | undefined, { knowsCharge }: OfferInput): Row {
  const power = id('power');
  const charge = id('state_of_charge');
  return {
    ...(power !== undefined && { power_config: { stat_rate_inverted: power } }),
    ...(knowsCharge && charge !== undefined && { stat_soc: charge }),
  };
}

function rate(power: string | undefined): Row {
  return power === undefined ? {} : { stat_rate: power };
}

function mediumOf({ description }: AnnouncedDevice): 'water' | 'gas' {
  return description.entities.volume?.quantity === 'volumeGas' ? 'gas' : 'water';
}

/** Every statistic that is used anywhere, whatever the name of its field. */
function statisticsIn(part: unknown): Set<string> {
  const found = [...JSON.stringify(part).matchAll(/"stat_[a-z_]+":"([^"]+)"/g)].map(([, id = '']) => id);
  return new Set(found);
}

const KINDS: Readonly<Record<string, Text>> = {
  grid: { en: 'grid', fr: 'réseau' },
  solar: { en: 'solar', fr: 'solaire' },
  battery: { en: 'battery', fr: 'batterie' },
  water: { en: 'water', fr: 'eau' },
  gas: { en: 'gas', fr: 'gaz' },
};

function sourceLine(row: Row): Text {
  const ids = [row.stat_energy_from, row.stat_energy_to].filter((id) => typeof id === 'string').join(', ');
  const kind = KINDS[String(row.type)];
  return { en: `+ ${kind?.en ?? row.type}: ${ids}`, fr: `+ ${kind?.fr ?? row.type} : ${ids}` };
}

function consumerLine({ stat_consumption, name }: Row): Text {
  return { en: `+ device ${name}: ${stat_consumption}`, fr: `+ appareil ${name} : ${stat_consumption}` };
}
