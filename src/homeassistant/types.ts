/** What the rest of the house tells Home Assistant, and hears from it. */
import type { Description, Language, Value } from '../model.ts';

/** A device as it is announced. Relays and the app itself are announced the same way. */
export interface AnnouncedDevice {
  readonly id: string;
  readonly name: string;
  readonly place?: string;
  /** Whose it is, of what chemistry: labels beside those of the product and of its part. */
  readonly labels?: readonly string[];
  readonly description: Description;
}

export interface Identity {
  /** Six hexadecimal characters drawn once for this installation. */
  readonly install: string;
  readonly version: string;
  readonly language: Language;
  readonly topicRoot: string;
  readonly discoveryPrefix: string;
  /** Where Home Assistant says `online` and `offline`. */
  readonly statusTopic: string;
}

/** A command that passed the strict reading: known device and key, fresh, exact payload. */
export interface Command {
  readonly deviceId: string;
  readonly key: string;
  readonly on: boolean;
  /** Of a `number`: within its range. */
  readonly value?: number;
}

/** One happening of an entity with `events`; what else it says becomes attributes. */
export interface Happening {
  readonly event_type: string;
  readonly [attribute: string]: Value;
}

export interface Bridge extends AsyncDisposable {
  readonly connected: boolean;
  /** Newest values of a device; the bridge decides when they are sent. Never blocks, never throws. */
  publish(deviceId: string, values: Readonly<Record<string, Value>>): void;
  /** Something happened: told once, see happenings.ts. Never blocks, never throws. */
  tell(deviceId: string, key: string, what: Happening): void;
  /** Whether the device itself can be reached. */
  setAvailable(deviceId: string, available: boolean): void;
  /** Counters for the bridge's own diagnostics. */
  readonly stats: BridgeStats;
}
export interface BridgeStats {
  readonly published: number;
  readonly refusedCommands: number;
  readonly reconnects: number;
}
/** What the bridge keeps through restarts: entities ever seen, discovery topics announced. */
export interface BridgeMemory {
  load(name: string): string | undefined;
  save(name: string, value: string): void;
}
