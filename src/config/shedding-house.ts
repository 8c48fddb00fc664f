/** The `shedding` section as the program's own words. */
import { minuteOf } from './raw.ts';

/** Minutes since local midnight; 1 = Monday … 7 = Sunday, none = every day. */
interface Window {
  readonly from: number;
  readonly to: number;
  readonly days: readonly number[];
}
interface ScheduleRule {
  readonly id: string;
  readonly loads: readonly string[];
  readonly tariffs?: readonly string[];
  readonly colours?: readonly string[];
  readonly windows?: readonly Window[];
}
/** Seconds; what is absent comes from the kind. */
interface LoadSetting {
  readonly id: string;
  readonly kind: 'heating' | 'water_heater' | 'heat_pump' | 'cold' | 'car' | 'appliance' | 'other';
  readonly priority: number;
  readonly power: number;
  readonly phase: 0 | 1 | 2 | 3;
  readonly relay?: string;
  readonly when?: 'comfort' | 'need';
  readonly minOnS?: number;
  readonly minOffS?: number;
  readonly maxOffS?: number;
}
export interface Place {
  readonly device: string;
  readonly entity: string;
}
/** A switch that is told and asked through MQTT. Payloads as they go out; words of its state where they differ. */
export interface LoadSwitch {
  readonly command: string;
  readonly on: string;
  readonly off: string;
  readonly state: string;
  readonly path?: string;
  /** Where it is asked for its state, when it does not say it by itself. */
  readonly ask?: string;
  readonly askWith: string;
  readonly stateOn?: string;
  readonly stateOff?: string;
}
export interface SheddingLoad extends LoadSetting {
  readonly name: string;
  readonly mqtt?: LoadSwitch;
  /** Where a load without a relay of ours says whether it is on. */
  readonly state?: Place;
  readonly meter?: Place;
}
export interface SheddingConfig {
  /** Device that is watched. */
  readonly meter: string;
  /** Its power, where it is no Linky. */
  readonly entity?: string;
  readonly limit: number | null;
  readonly anticipate: boolean;
  readonly blindBudget: number | null;
  readonly loads: readonly SheddingLoad[];
  readonly schedules: readonly ScheduleRule[];
}
export interface RawShedding {
  readonly meter: string;
  readonly entity?: string;
  readonly limit?: number;
  readonly anticipate: boolean;
  readonly blind_budget?: number;
  readonly loads: readonly RawLoad[];
  readonly schedules: readonly RawSchedule[];
}
interface RawSwitch extends Omit<LoadSwitch, 'askWith' | 'stateOn' | 'stateOff'> {
  readonly ask_with: string;
  readonly state_on?: string;
  readonly state_off?: string;
}
interface RawLoad {
  readonly mqtt?: RawSwitch;
  readonly id: string;
  readonly name?: string;
  readonly relay?: string;
  readonly state?: Place;
  readonly kind: LoadSetting['kind'];
  readonly priority: number;
  readonly power: number;
  readonly phase: LoadSetting['phase'];
  readonly when?: 'comfort' | 'need';
  readonly min_on_s?: number;
  readonly min_off_s?: number;
  readonly max_off_s?: number;
  readonly meter?: Place;
}
interface RawSchedule extends Omit<ScheduleRule, 'windows'> {
  readonly windows?: readonly { readonly from: string; readonly to: string; readonly days: readonly string[] }[];
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Undefined without the section: nothing is shed. */
export function toShedding(raw: RawShedding | undefined): SheddingConfig | undefined {
  if (raw === undefined) return undefined;
  const { meter, entity, limit = null, anticipate, blind_budget: blindBudget = null } = raw;
  return {
    ...{ meter, limit, anticipate, blindBudget },
    ...(entity !== undefined && { entity }),
    loads: raw.loads.map(toLoad),
    schedules: raw.schedules.map(({ windows, ...rule }) => ({ ...rule, ...(windows !== undefined && { windows: windows.map(toWindow) }) })),
  };
}

function toLoad({ min_on_s: minOnS, min_off_s: minOffS, max_off_s: maxOffS, mqtt, ...load }: RawLoad): SheddingLoad {
  return {
    ...load,
    name: load.name ?? load.id,
    ...(mqtt !== undefined && { mqtt: toSwitch(mqtt) }),
    ...(minOnS !== undefined && { minOnS }),
    ...(minOffS !== undefined && { minOffS }),
    ...(maxOffS !== undefined && { maxOffS }),
  };
}

function toSwitch({ ask_with: askWith, state_on: stateOn, state_off: stateOff, ...told }: RawSwitch): LoadSwitch {
  return { ...told, askWith, ...(stateOn !== undefined && { stateOn }), ...(stateOff !== undefined && { stateOff }) };
}

function toWindow({ from, to, days }: { readonly from: string; readonly to: string; readonly days: readonly string[] }): Window {
  return { from: minuteOf(from), to: minuteOf(to), days: days.map((day) => DAYS.indexOf(day) + 1) };
}
