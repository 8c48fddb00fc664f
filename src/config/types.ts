/** What the two configuration files hold once validated: the Supervisor's options (bootstrap) and the house's own YAML file. */
import type { Chemistry, Language } from '../model.ts';
import type { AlarmsConfig, BuzzerConfig, MailConfig } from './alarm-house.ts';
import type { CertifiedConfig } from './certified.ts';
import type { SheddingConfig } from './shedding-house.ts';

/** One entry under `devices:`. `options` are the driver's own, validated by its schema, defaults filled. */
export interface DeviceConfig {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly place?: string;
  readonly owner?: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** One entry under `relays:`. */
export interface RelayConfig {
  /** `rs_01`, `rs_02`, … */
  readonly id: string;
  readonly name?: string;
  readonly place?: string;
  readonly owner?: string;
  /** `auto`, a chip label or a /dev/gpiochip path. */
  readonly chip: string;
  readonly line: number;
  readonly activeLow: boolean;
  /** The state in which nothing can go wrong: at start, at stop, when in doubt. */
  readonly safe: 'off' | 'on';
  /** Longest time a request from Home Assistant holds without being renewed (s). */
  readonly leaseS: number;
  readonly contact: 'no' | 'nc';
  readonly minOnS: number;
  readonly minOffS: number;
  readonly maxOnS?: number;
  readonly maxChangesPerHour: number;
  readonly maxChangesPerDay: number;
  readonly group?: string;
  readonly deadTimeS: number;
  /** 0: the manual mode never ends by itself. */
  readonly overrideMinutes: number;
  readonly feedback?: Source;
  readonly feedbackW: number;
}

/** An entity of a device, as `device.entity` in the file. */
export interface Source {
  readonly deviceId: string;
  readonly key: string;
}

/** One entry under `batteries:`; volts at the terminals. */
export interface BatteryConfig {
  readonly id: string;
  readonly name?: string;
  readonly place?: string;
  readonly owner?: string;
  readonly chemistry: Chemistry | 'unknown';
  readonly nominalV: number;
  readonly cells?: number;
  readonly capacityAh?: number;
  /** Shares, 0 to 1: of what is charged; of the capacity lost in 30 days. */
  readonly efficiency?: number;
  readonly selfDischarge?: number;
  readonly peukert?: number;
  readonly currentOffsetA?: number;
  /** Id of the device that sums up the batteries of one bank. */
  readonly bank?: string;
  readonly sources: Readonly<Partial<Record<BatterySource, Source>>>;
  readonly temperatures: readonly Source[];
  readonly chargeRelays: readonly string[];
  readonly dischargeRelays: readonly string[];
  readonly otherRelays: readonly string[];
  readonly automatic: boolean;
  readonly volts: Readonly<Partial<Record<'start' | 'restart' | 'full' | 'over' | 'deep', number>>>;
  /** Whose state of charge takes part in the control. */
  readonly controlSoc: ControlSoc;
  readonly chargeMode: 'cycle' | 'standby' | 'storage';
  /** 0: never; absent: as the chemistry. */
  readonly fullChargeDays?: number;
  readonly forceFullCharge: boolean;
  readonly equaliseDays: number;
  /** mV/°C of a lead cell. */
  readonly compensationMv?: number;
  /** %; absent: none, or with batteryLife as the chemistry. */
  readonly reserveSoc?: number;
  readonly batteryLife: boolean;
  readonly startSoc: number;
  readonly stopSoc?: number;
  readonly restartSoc: number;
  readonly absorptionMinutes: number;
  readonly heat: { readonly warningC?: number; readonly cutC?: number; readonly criticalC?: number };
  readonly iKnow: boolean;
}
/** `auto`: the battery's own, else the counted one. */
export type ControlSoc = 'auto' | 'battery' | 'counted' | 'none';
export type BatterySource = 'voltage' | 'current' | 'soc' | 'highest_cell' | 'lowest_cell' | 'full';

export interface HouseConfig {
  readonly version: 1;
  readonly language: Language;
  readonly homeAssistant: { readonly discoveryPrefix: string; readonly statusTopic: string };
  readonly mqtt: {
    readonly topicRoot: string;
    readonly minIntervalS: number;
    readonly refreshS: number;
    readonly clearRetainedCommands: boolean;
  };
  readonly privacy: { readonly showMeterIds: boolean };
  readonly gpio: { readonly backend: 'auto' | 'cdev' | 'sysfs' };
  /** Totals are written this often, s. */
  readonly storage: { readonly flushS: number };
  readonly alarms: AlarmsConfig;
  readonly shedding?: SheddingConfig;
  readonly certified?: CertifiedConfig;
  readonly mail?: MailConfig;
  readonly buzzer?: BuzzerConfig;
  readonly devices: readonly DeviceConfig[];
  readonly relays: readonly RelayConfig[];
  readonly batteries: readonly BatteryConfig[];
}

/** /data/options.json as the Supervisor writes it; also what the command line overrides. */
export interface BootstrapOptions {
  readonly logLevel: 'debug' | 'info' | 'warning' | 'error';
  readonly configFile: string;
  /** Absent: ask the Supervisor. */
  readonly broker?: { readonly url: string; readonly username?: string; readonly password?: string; readonly ca?: string };
  readonly mail?: { readonly username: string; readonly password: string };
  /** Of the gateway to the grid operator. */
  readonly certifiedToken?: string;
  readonly externalApi: boolean;
}

/** One fault in a file, as people read it. */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `devices[2].address` */
  readonly field: string;
  readonly problem: string;
  readonly mend: string;
}

/** What the program runs: the file itself, the last good copy of it, what is right in it, or nothing but safe relays. `held` may not leave their safe state. */
export type LoadedConfig =
  | { readonly source: 'file'; readonly house: HouseConfig; readonly problems: readonly [] }
  | { readonly source: 'last-known-good'; readonly house: HouseConfig; readonly problems: readonly ConfigProblem[] }
  | {
      readonly source: 'part' | 'safe-mode';
      readonly house: HouseConfig;
      readonly problems: readonly ConfigProblem[];
      readonly held: readonly string[];
    };
