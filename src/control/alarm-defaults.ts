/** The alarm rules every house gets: overheating, deep discharge, a device lost, the storage in trouble. */
import type { Description, Entity } from '../model.ts';
import type { AlarmRule } from './alarm-rules.ts';

export interface AlarmSubject {
  readonly id: string;
  readonly name: string;
  readonly description: Description;
}
export interface Thresholds {
  readonly warmC: number;
  readonly hotC: number;
  readonly criticalC: number;
  readonly batteryLowV: number;
  readonly batteryRecoveredV: number;
  readonly lostS: number;
}
/** Where the app's own problems are read: the device of the app, `<device>_problem` and `storage`. */
export interface AppSubject {
  readonly id: string;
  readonly name: string;
}

const MINUTE_MS = 60_000;
/** Cool means this much below the cut-off (control law, overheating, release). */
const RELEASE_K = 10;
/** In the order in which one of them is the battery's voltage. */
const BATTERY_VOLTAGES = ['battery_voltage', 'bus_voltage', 'voltage'] as const;

/** What the control of a battery is asked for, beside `critical`. */
export const CUT_OFF = 'cut-off';
export const DEFECT = 'defect';

/** The guards of the batteries know their chemistry: what they cut, and what opens everything. */
export function batteryRules(batteries: readonly { readonly id: string; readonly name: string }[]): AlarmRule[] {
  return batteries.flatMap(({ id, name: deviceName }) => {
    const base = {
      deviceId: id,
      deviceName,
      unit: null,
      condition: { when: 'problem' },
      forMs: 0,
      clearForMs: MINUTE_MS,
    } as const;
    return [
      {
        ...base,
        id: `${id}_cut_off`,
        key: CUT_OFF,
        severity: 'warning',
        name: { en: 'Relays opened by the guard', fr: 'Relais ouverts par la surveillance' },
        advice: {
          en: 'Home Assistant shows why. Let it cool or rest, look for the cause, then acknowledge.',
          fr: 'Home Assistant en montre la raison. Laissez refroidir ou reposer, cherchez la cause, puis acquittez.',
        },
      },
      {
        ...base,
        id: `${id}_defective`,
        key: DEFECT,
        severity: 'warning',
        name: { en: 'Battery probably defective', fr: 'Batterie probablement défectueuse' },
        advice: {
          en: 'Home Assistant shows the reason. Have it measured before it is charged or used again, then acknowledge.',
          fr: 'Home Assistant en montre la raison. Faites-la mesurer avant de la recharger ou de vous en servir, puis acquittez.',
        },
      },
      {
        ...base,
        id: `${id}_critical`,
        key: 'critical',
        severity: 'critical',
        urgent: true,
        name: { en: 'Critical battery temperature', fr: 'Température critique de batterie' },
        advice: {
          en: 'Risk of fire: keep away, cut the supply if that is safe, call the fire brigade (112) at the first smoke.',
          fr: "Risque d'incendie : éloignez-vous, coupez l'alimentation si c'est sans danger, appelez le 18 ou le 112 à la première fumée.",
        },
      },
    ];
  });
}

/** Loads that do not follow load-shedding; read under the id of the load. */
export function loadRules(deviceId: string, loads: readonly { readonly id: string; readonly name: string }[]): AlarmRule[] {
  return loads.map(({ id, name: deviceName }) => ({
    ...{ id: `${id}_not_following`, deviceId, key: id, deviceName, unit: null, severity: 'warning', forMs: 0, clearForMs: MINUTE_MS },
    condition: { when: 'problem' },
    name: { en: 'Does not follow load-shedding', fr: 'Ne suit pas le délestage' },
    advice: {
      en: 'Check its relay or switch, and its supply; other loads are shed in its place.',
      fr: "Vérifiez son relais ou son interrupteur, et son alimentation ; d'autres charges sont délestées à sa place.",
    },
  }));
}

/** A relay that does not follow: a line that does not obey, a contact that sticks or is welded. */
export function relayRules(relays: readonly AlarmSubject[]): AlarmRule[] {
  return relays.map(({ id, name: deviceName }) => ({
    ...{
      id: `${id}_fault`,
      deviceId: id,
      key: `${id}_fault`,
      deviceName,
      unit: null,
      severity: 'warning',
      forMs: 0,
      clearForMs: MINUTE_MS,
    },
    condition: { when: 'problem' },
    name: { en: 'Relay does not follow', fr: 'Le relais ne suit pas' },
    advice: {
      en: 'Cut the supply of what it switches if that matters, check relay and wiring, then acknowledge.',
      fr: "Coupez l'alimentation de ce qu'il commande si cela importe, vérifiez relais et câblage, puis acquittez.",
    },
  }));
}

export function defaultRules(app: AppSubject, subjects: readonly AlarmSubject[], thresholds: Thresholds): AlarmRule[] {
  const devices = subjects.flatMap((subject) => [
    ...heat(subject, thresholds),
    ...discharge(subject, thresholds),
    lost(app, subject, thresholds),
  ]);
  return [...devices, storage(app)];
}

function heat({ id, name, description }: AlarmSubject, { warmC, hotC, criticalC }: Thresholds): AlarmRule[] {
  return Object.entries(description.entities)
    .filter(([, entity]) => entity.quantity === 'temperature' && entity.setting !== true && entity.attributeOf === undefined)
    .flatMap(([key, entity]) => {
      const base = { deviceId: id, key, deviceName: name, unit: '°C', decimals: entity.decimals ?? 1, clearForMs: MINUTE_MS };
      const clear = Math.min(warmC - 5, hotC - RELEASE_K);
      const rules: AlarmRule[] = [
        {
          ...base,
          id: `${id}_${key}_warm`,
          severity: 'warning',
          condition: { when: 'above', raise: warmC, clear },
          forMs: MINUTE_MS,
          name: named({ en: 'Getting hot', fr: 'Échauffement' }, entity),
          advice: { en: 'Check the ventilation and lower the load.', fr: 'Vérifiez la ventilation et réduisez la charge.' },
        },
        {
          ...base,
          id: `${id}_${key}_hot`,
          severity: 'critical',
          condition: { when: 'above', raise: hotC, clear: hotC - RELEASE_K },
          forMs: 0,
          name: named({ en: 'Overheating', fr: 'Surchauffe' }, entity),
          advice: {
            en: 'Risk of overheating: stop charging and loads, let it cool, look for the cause.',
            fr: 'Risque de surchauffe : arrêtez la charge et les appareils, laissez refroidir, cherchez la cause.',
          },
        },
        {
          ...base,
          id: `${id}_${key}_critical`,
          severity: 'critical',
          urgent: true,
          condition: { when: 'above', raise: criticalC, clear: hotC - RELEASE_K },
          forMs: 0,
          name: named({ en: 'Critical overheating', fr: 'Surchauffe critique' }, entity),
          advice: {
            en: 'Risk of fire: keep away, cut the supply if that is safe, call the fire brigade (112) at the first smoke.',
            fr: "Risque d'incendie : éloignez-vous, coupez l'alimentation si c'est sans danger, appelez le 18 ou le 112 à la première fumée.",
          },
        },
      ];
      return rules;
    });
}

/** What tells a battery from a mains meter: a state of charge, or its name (bat_01, …). */
function discharge({ id, name, description }: AlarmSubject, { batteryLowV, batteryRecoveredV }: Thresholds): AlarmRule[] {
  const { entities } = description;
  const isBattery = id.startsWith('bat') || Object.values(entities).some(({ quantity }) => quantity === 'stateOfCharge');
  const key = BATTERY_VOLTAGES.find((one) => entities[one]?.quantity === 'voltage');
  if (!isBattery || key === undefined) return [];
  return [
    {
      ...{ id: `${id}_discharged`, deviceId: id, key, deviceName: name, unit: 'V', decimals: 2, severity: 'warning' },
      condition: { when: 'below', raise: batteryLowV, clear: batteryRecoveredV },
      forMs: MINUTE_MS,
      clearForMs: MINUTE_MS,
      name: { en: 'Deep discharge', fr: 'Décharge profonde' },
      advice: {
        en: 'Charge it soon and switch loads off. If it comes back after a full charge, the battery may be defective.',
        fr: 'Rechargez-la vite et coupez des appareils. Si cela revient après une pleine charge, la batterie est peut-être défectueuse.',
      },
    },
  ];
}

function lost(app: AppSubject, { id, name }: AlarmSubject, { lostS }: Thresholds): AlarmRule {
  return {
    ...{ id: `${id}_lost`, deviceId: app.id, key: `${id}_problem`, deviceName: name, unit: null, severity: 'warning' },
    condition: { when: 'problem' },
    forMs: lostS * 1000,
    clearForMs: MINUTE_MS,
    name: { en: 'No data', fr: 'Plus de données' },
    advice: {
      en: 'Check its supply, its cable and its address; the reason stands beside it in Home Assistant.',
      fr: 'Vérifiez son alimentation, son câble et son adresse ; la raison est indiquée dans Home Assistant.',
    },
  };
}

function storage({ id, name }: AppSubject): AlarmRule {
  return {
    ...{ id: 'storage_problem', deviceId: id, key: 'storage', deviceName: name, unit: null, severity: 'warning' },
    condition: { when: 'problem' },
    forMs: MINUTE_MS,
    clearForMs: MINUTE_MS,
    name: { en: 'Storage problem', fr: 'Problème de stockage' },
    advice: {
      en: 'Totals may be lost at the next restart: check free space, replace a worn memory card.',
      fr: "Des totaux peuvent être perdus au prochain redémarrage : vérifiez l'espace libre, remplacez une carte mémoire usée.",
    },
  };
}

/** A device may have several temperatures. */
function named(what: { readonly en: string; readonly fr: string }, { name }: Entity): AlarmRule['name'] {
  return { en: `${what.en} (${name.en})`, fr: `${what.fr} (${name.fr})` };
}
