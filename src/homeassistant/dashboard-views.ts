/** The four views of a house: overview, batteries, Linky, relays and safety. Pure: from the declaration, ids as they really are. */
import type { Language, Text } from '../model.ts';
import { type Card, dayGraph, energyBars, heading, onlyOn, type Section, type Shown, section, type View } from './dashboard-cards.ts';
import type { Role } from './roles.ts';
import { IN_WORDS } from './words.ts';

export interface House {
  readonly language: Language;
  of(...roles: readonly Role[]): readonly Shown[];
}

const HALF = { grid_options: { columns: 6 } };
const FULL = { grid_options: { columns: 12 } };
const TOGGLE = { features: [{ type: 'toggle' }] };
/** The time of the last press says nothing to anybody. */
const ACKNOWLEDGE = {
  en: { ...HALF, hide_state: true, name: 'Acknowledge' },
  fr: { ...HALF, hide_state: true, name: 'Acquitter' },
};
const DAY = { en: 'Last 24 hours', fr: 'Dernières 24 heures' };
const MONTH = { en: 'Energy per day', fr: 'Énergie par jour' };
/** More lines in one graph cannot be told apart. */
const MANY = 8;

export function overview(house: House): View {
  const { language } = house;
  const say = (text: Text): string => text[language];
  const linky = house.of('linky');
  const solar = house.of('solar');
  const batteries = chargedFirst(house.of('battery'));
  const powers = [...linky, ...solar, ...house.of('meter')].map((one) => one.id(one.keys.find((key) => isPower(one, key)) ?? ''));
  return view(say({ en: 'Overview', fr: "Vue d'ensemble" }), 'house', 'mdi:home-lightning-bolt', [
    ...section(heading(say({ en: 'Grid', fr: 'Réseau' }), 'mdi:transmission-tower'), [
      ...linky.flatMap((one) => [
        ...one.tile('apparent_power', { ...FULL, features: [{ type: 'trend-graph', hours_to_show: 24 }] }),
        ...one.tile('tariff_period', HALF),
        ...one.tile('today_color', HALF),
        ...one.tile('overload', HALF),
      ]),
      ...house.of('shedding').flatMap((one) => [...one.tile('level', HALF), ...one.tile('seconds_to_trip', HALF)]),
    ]),
    ...section(
      heading(say({ en: 'Solar', fr: 'Solaire' }), 'mdi:solar-power'),
      solar.flatMap((one) => [...named(one, 'pv_power', FULL), ...one.tile('charging_stage', HALF), ...one.tile('energy_generated', HALF)]),
    ),
    ...section(
      heading(say({ en: 'Batteries', fr: 'Batteries' }), 'mdi:home-battery'),
      batteries.flatMap((one) => {
        const charge = one.keys.find((key) => one.entity(key)?.quantity === 'stateOfCharge');
        return charge === undefined ? named(one, 'power', HALF) : named(one, charge, { ...HALF, features: [{ type: 'bar-gauge' }] });
      }),
    ),
    ...section(
      heading(say({ en: 'Relays', fr: 'Relais' }), 'mdi:electric-switch'),
      house.of('relay').flatMap((one) => named(one, one.device.id, { ...HALF, ...TOGGLE })),
    ),
    ...section(heading(say({ en: 'Alarms', fr: 'Alarmes' }), 'mdi:bell'), alarmCards(house)),
    ...section(
      heading(say({ en: 'Meters', fr: 'Compteurs' }), 'mdi:meter-electric'),
      house.of('meter', 'water').flatMap((one) => ['power', 'flow', 'volume'].flatMap((key) => named(one, key, HALF))),
    ),
    ...section(
      heading(say({ en: 'Temperatures', fr: 'Températures' }), 'mdi:thermometer'),
      house.of('temperature', 'other').flatMap((one) => named(one, 'temperature', HALF)),
    ),
    ...section(heading(say({ en: 'Power', fr: 'Puissance' }), 'mdi:chart-line'), dayGraph(powers.slice(0, MANY), DAY, language), 2),
  ]);
}

export function batteries(house: House): View {
  const { language } = house;
  const sections = [...chargedFirst(house.of('battery')), ...house.of('solar')].flatMap((one) => {
    const charge = one.keys.filter((key) => one.entity(key)?.quantity === 'stateOfCharge');
    const measured = one.tiles(['power', 'voltage', 'current', 'temperature', 'storedEnergy', 'duration'], LIMITS);
    const energies = one.keys.filter((key) => one.entity(key)?.quantity === 'energy' && one.entity(key)?.total !== undefined);
    return section(heading(one.device.name, 'mdi:battery-high'), [
      ...charge.flatMap((key) => gauge(one, key, language)),
      ...['charge_state', 'charging_stage'].flatMap((key) => one.tile(key)),
      // Drivers have alarms of their own, without causes.
      ...one.tile('alarm', one.entity('alarm_causes') && { state_content: [IN_WORDS, 'causes_text'] }),
      ...measured.slice(0, MANY),
      ...dayGraph([one.id('power') ?? one.id('battery_power'), one.id('pv_power')], DAY, language),
      ...energyBars(energies.map(one.id), MONTH, language),
      ...onlyOn(problemsOf(one), { en: 'Problems', fr: 'Problèmes' }, language),
    ]);
  });
  return view('Batteries', 'batteries', 'mdi:home-battery', sections);
}

/** What says how full it is comes before what is merely measured. */
function chargedFirst(all: readonly Shown[]): Shown[] {
  const says = (one: Shown): boolean => one.keys.some((key) => one.entity(key)?.quantity === 'stateOfCharge');
  return [...all.filter(says), ...all.filter((one) => !says(one))];
}

/** Permissible values, not what is measured. */
const LIMITS: readonly string[] = ['time_to_full', 'charge_voltage_limit', 'discharge_voltage_limit'];

export function linky(house: House): View {
  const { language } = house;
  const say = (text: Text): string => text[language];
  const sections = house.of('linky', 'meter').flatMap((one) => {
    const indexes = one.keys.filter((key) => one.entity(key)?.quantity === 'energy' && one.entity(key)?.total !== undefined);
    // The sum of the indexes beside them would be counted twice.
    const parts = indexes.filter((key) => key !== 'energy_drawn' && key !== 'energy_injected' && !key.startsWith('energy_exp'));
    const power = one.keys.find((key) => isPower(one, key));
    return [
      ...section(heading(one.device.name, 'mdi:meter-electric'), [
        ...(power === undefined ? [] : one.tile(power, { ...FULL, features: [{ type: 'trend-graph', hours_to_show: 24 }] })),
        ...['tariff_period', 'today_color', 'tomorrow_color', 'overload', 'ejp_notice'].flatMap((key) => one.tile(key)),
        ...one.tiles(['current', 'voltage', 'power', 'apparentPower'], [power ?? '']).slice(0, MANY),
        ...indexes.flatMap((key) => one.tile(key)),
      ]),
      ...section(heading(say(MONTH), 'mdi:chart-bar'), [
        ...energyBars((parts.length > 0 ? parts : indexes).map(one.id), { en: one.device.name, fr: one.device.name }, language),
        ...dayGraph([power === undefined ? undefined : one.id(power)], DAY, language),
      ]),
    ];
  });
  return view(say({ en: 'Linky and meters', fr: 'Linky et compteurs' }), 'linky', 'mdi:meter-electric', sections);
}

export function relays(house: House): View {
  const { language } = house;
  const say = (text: Text): string => text[language];
  const sections = [
    ...house.of('relay').flatMap((one) => {
      const { id, name } = one.device;
      return section(heading(name, 'mdi:electric-switch'), [
        ...one.tile(id, { ...FULL, ...TOGGLE, name }),
        ...one.tile(`${id}_reason`, { ...FULL, state_content: [IN_WORDS, 'detail'] }),
        ...one.tile(`au_${id}`, { ...HALF, name: say({ en: 'Automatic', fr: 'Automatique' }) }),
        ...one.tile(`${id}_fault`, HALF),
        ...one.tile(`${id}_acknowledge`, ACKNOWLEDGE[language]),
        ...dayGraph([one.id(id)], DAY, language),
      ]);
    }),
    ...house
      .of('shedding')
      .flatMap((one) =>
        section(heading(one.device.name, 'mdi:flash-off'), [...one.tiles(['duration', 'enum', 'power', 'apparentPower', 'problem'])]),
      ),
    ...section(heading(say({ en: 'Safety', fr: 'Sécurité' }), 'mdi:shield-home'), [
      ...alarmCards(house),
      ...house
        .of('app')
        .flatMap((one) => [
          ...['configuration', 'storage', 'relay_keeper'].flatMap((key) => one.tile(key, HALF)),
          ...onlyOn(problemsOf(one), { en: 'Devices in trouble', fr: 'Appareils en défaut' }, language),
        ]),
    ]),
  ];
  return view(say({ en: 'Relays and safety', fr: 'Relais et sécurité' }), 'relays', 'mdi:shield-home', sections);
}

function alarmCards({ of, language }: House): Card[] {
  return of('alarms').flatMap((one) => [
    ...one.tile('active_alarms', HALF),
    ...one.tile('acknowledge', ACKNOWLEDGE[language]),
    ...onlyOn(problemsOf(one), { en: 'What is wrong', fr: 'Ce qui ne va pas' }, language),
  ]);
}

function problemsOf(one: Shown): string[] {
  return one.keys.filter((key) => one.entity(key)?.quantity === 'problem').flatMap((key) => one.id(key) ?? []);
}

/** A tile that bears the name of its device: there are many of a kind. */
function named(one: Shown, key: string, more: Readonly<Record<string, unknown>>): Card[] {
  return one.tile(key, { ...more, name: one.device.name });
}

function gauge(one: Shown, key: string, language: Language): Card[] {
  const name = one.entity(key)?.name[language] ?? key;
  const severity = { green: 50, yellow: 25, red: 0 };
  return [{ type: 'gauge', entity: one.id(key), name, min: 0, max: 100, needle: true, severity, ...FULL }];
}

function isPower(one: Shown, key: string): boolean {
  const entity = one.entity(key);
  return (entity?.quantity === 'power' || entity?.quantity === 'apparentPower') && entity.diagnostic !== true && entity.setting !== true;
}

function view(title: string, path: string, icon: string, sections: readonly Section[]): View {
  return { type: 'sections', title, path, icon, max_columns: 4, sections };
}
