/** The self-diagnosis: what a check sees of the machine, and what it says about it. */
import type { ConfigProblem } from '../config/types.ts';
import type { Text } from '../model.ts';
import type { GpioLook, I2cLook } from '../ports/look.ts';
import type { Brokers, Clock, SerialPorts } from '../ports/types.ts';

/** `unknown`: it could not be told, which is never `ok`. */
export type Status = 'ok' | 'warning' | 'failed' | 'not-applicable' | 'unknown';
export interface Finding {
  readonly status: Status;
  readonly subject: Text;
  readonly found: Text;
  readonly mend?: Text;
}
export interface Check {
  readonly id: string;
  readonly title: Text;
  /** Longest time it may take (ms); after it the check is unknown. */
  readonly limitMs: number;
  /** Only looks. Stops early when the signal aborts. */
  run(scene: Scene, signal: AbortSignal): Promise<readonly Finding[]>;
}
export interface Report {
  readonly id: string;
  readonly title: Text;
  readonly findings: readonly Finding[];
}

export interface ProcessFacts {
  readonly kernel: string;
  readonly arch: string;
  readonly node: string;
  readonly uid: number;
  readonly pid: number;
  readonly groups: readonly number[];
  readonly supervised: boolean;
}
/** What of this machine can be read. Nothing throws: what cannot be read is undefined. */
export interface Machine {
  readonly facts: ProcessFacts;
  text(path: string): Promise<string | undefined>;
  /** Sorted names in a directory. */
  names(path: string): Promise<readonly string[] | undefined>;
  exists(path: string): Promise<boolean>;
  /** Where a link points, in full; the path itself when it is no link. */
  real(path: string): Promise<string | undefined>;
  /** What a link says, unresolved. */
  link(path: string): Promise<string | undefined>;
  may(path: string, mode: 'read' | 'write' | 'both'): Promise<boolean>;
  /** Wall ms of the last change. */
  changedMs(path: string): Promise<number | undefined>;
  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number } | undefined>;
  /** An address of the host; rejects when the name is not known. */
  resolve(host: string): Promise<string>;
  /** SQLite's quick_check on a copy: `ok`, or what is wrong. `moving`: it changed meanwhile. `large`: too large to copy. */
  inspectDatabase(
    path: string,
  ): Promise<{ readonly verdict: 'ok' | 'moving' | 'large' | 'damaged' | 'unreadable'; readonly detail: string }>;
}

export interface LineUse {
  readonly owner: string;
  readonly relay: boolean;
  /** Relays: the relay closes when the line is low. */
  readonly activeLow: boolean;
  readonly safe: 'off' | 'on';
  readonly chip: string;
  readonly line: number;
}
export interface PortUse {
  readonly owner: string;
  readonly type: string;
  readonly path: string;
  readonly mode: string | undefined;
}
export interface ChipUse {
  readonly owner: string;
  readonly type: string;
  readonly bus: number;
  readonly address: number;
}
/** What the house file says, as far as it can be understood: a faulty one is still looked through. */
export interface HouseSeen {
  /** Undefined: none was named. */
  readonly path: string | undefined;
  /** Why it could not be read. */
  readonly unread: string | undefined;
  readonly problems: readonly ConfigProblem[];
  readonly language: 'en' | 'fr' | undefined;
  readonly topicRoot: string;
  readonly devices: readonly { readonly id: string; readonly type: string }[];
  readonly lines: readonly LineUse[];
  readonly ports: readonly PortUse[];
  readonly chips: readonly ChipUse[];
}

export interface BrokerSeen {
  readonly access: { readonly url: string; readonly username?: string; readonly password?: string; readonly ca?: string } | undefined;
  /** Why there is none, when one was to be found; '' when none was named. */
  readonly reason: string;
}
export interface Scene {
  readonly machine: Machine;
  readonly gpio: GpioLook;
  readonly i2c: I2cLook;
  readonly serial: SerialPorts;
  readonly brokers: Brokers;
  readonly clock: Clock;
  readonly house: HouseSeen;
  readonly broker: BrokerSeen;
  readonly dataDirectory: string;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
}
