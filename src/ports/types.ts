/** What the outside world looks like to drivers: bytes, words, levels, messages and time. Real and simulated ports answer alike. */

import type { CanBuses } from './can-types.ts';
import type { Certified } from './certified-types.ts';
import type { ModbusPorts } from './modbus-types.ts';
import type { Subscriptions } from './subscription-types.ts';

/** Wall time is for timestamps, monotonic time for every duration. Tests move it; nothing waits in real time. */
export interface Clock {
  /** Milliseconds since the epoch; may jump. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start; never jumps. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason on abort. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `task` once after `ms`; the returned function cancels. Does not keep the process alive. */
  after(ms: number, task: () => void): () => void;
}

export interface SerialSettings {
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
}

/** An open serial line. Disposing closes it and ends `chunks`. */
export interface SerialLine extends AsyncDisposable {
  /** Bytes as they come. Ends on abort or close, throws DeviceError when the adapter goes away. Bounded: see `droppedBytes`. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Instead of `chunks`: text lines without their ends, in Latin 1; one longer than 16 kB is thrown away. */
  lines(): AsyncIterable<string>;
  write(bytes: Uint8Array): Promise<void>;
  /** Bytes thrown away because nobody read them in time. */
  readonly droppedBytes: number;
}
export interface SerialPorts {
  /** Opens exclusively and raw. Throws DeviceError (absent, busy, refused), ConfigError never. */
  open(path: string, settings: SerialSettings, signal: AbortSignal): Promise<SerialLine>;
  /** What a path leads to: two names of one adapter give the same. An absent one gives itself. */
  adapterOf(path: string): Promise<string>;
}
/** Who listens at the moment; bytes that come while nobody asked are thrown away. */
export interface SerialListener {
  bytes(chunk: Uint8Array): void;
}
/** The line while it is this user's turn. */
export interface SerialWire {
  write(bytes: Uint8Array): Promise<void>;
  listen(listener: SerialListener): void;
}
export interface LineUser extends AsyncDisposable {
  /** Runs `work` alone on the line, in fair turns; the next in turn waits `gapMs` longer. `work` ends at once when `stop` aborts. */
  inTurn<T>(gapMs: number, work: (wire: SerialWire, stop: AbortSignal) => Promise<T>): Promise<T>;
}
/** Lines that several devices ask on. */
export interface SerialLines {
  /** Throws DeviceError of the port; ConfigError when two users want different speeds. */
  join(path: string, settings: SerialSettings, signal: AbortSignal): Promise<LineUser>;
}

/** SMBus word and block access, bytes in wire order: `readRegister(0x40, 2)` gives the register as the chip's datasheet prints it (big-endian). */
export interface I2cBus extends AsyncDisposable {
  readRegister(address: number, register: number): Promise<number>;
  writeRegister(address: number, register: number, value: number): Promise<void>;
  /** A longer register, 1 to 32 bytes in wire order. Throws DeviceError when fewer come. */
  readBytes(address: number, register: number, length: number): Promise<Uint8Array>;
}
export interface I2cBuses {
  /** `bus` 1 is /dev/i2c-1. One handle is shared by all who open the same bus. */
  open(bus: number): Promise<I2cBus>;
}

export type Bias = 'up' | 'down' | 'off' | 'as-is';
export interface InputOptions {
  /** Chip label, path or `auto` (the board's header). */
  readonly chip: string;
  readonly line: number;
  readonly bias: Bias;
  readonly activeLow: boolean;
  readonly debounceUs: number;
  readonly edge: 'rising' | 'falling' | 'both';
}
/** Edges seen since the line was opened. */
export interface EdgeBatch {
  /** Edges since opening, counted by the kernel where it can (line_seqno), so lost events lose no count. */
  readonly count: number;
  /** Monotonic ms of the newest edge. */
  readonly lastMs: number;
  /** Monotonic ms of the oldest edge of this batch. */
  readonly firstMs: number;
}
export interface InputLine extends AsyncDisposable {
  /** False when the backend cannot promise every pulse (sysfs): shown to the user. */
  readonly lossless: boolean;
  /** One item each time edges were seen; ends on abort or close, throws DeviceError on loss. */
  edges(signal: AbortSignal): AsyncIterable<EdgeBatch>;
}
export interface OutputOptions {
  readonly chip: string;
  readonly line: number;
  readonly activeLow: boolean;
  /** Driven from the very first moment: no other level is ever seen on the line. Logical (active = true). */
  readonly initial: boolean;
}
/** What a second process needs to drive the same line: its open descriptor, and what that is. */
export interface LineDescriptor {
  readonly fd: number;
  /** A line requested from the character device, or the value file of sysfs. */
  readonly kind: 'gpio' | 'file';
}
/** One relay output. Synchronous on purpose: a control decision never waits. */
export interface OutputLine {
  /** Drives the line; throws DeviceError. */
  set(active: boolean): void;
  /** Level read back from the line, as logical value; throws DeviceError. */
  get(): boolean;
  close(): void;
  /** Absent where the line cannot be shared. */
  readonly descriptor?: LineDescriptor;
}
export interface GpioProbe {
  readonly kind: 'cdev' | 'sysfs' | 'simulated';
  readonly usable: boolean;
  /** Chip label, or why it is not usable and the mend. */
  readonly detail: string;
}
export interface Gpio {
  probe(): Promise<GpioProbe>;
  openInput(options: InputOptions): Promise<InputLine>;
  openOutput(options: OutputOptions): OutputLine | Promise<OutputLine>;
}

export interface KeptLine {
  readonly line: OutputLine;
  /** Logical level of the safe state. */
  readonly safe: boolean;
}
export interface KeeperEvents {
  /** `ready`, `ok` after each beat, `safe silence N`. */
  onWord(word: string): void;
  /** Once, with the reason in words. */
  onEnd(reason: string): void;
}
export interface KeeperLink {
  send(word: 'beat' | 'bye'): void;
  kill(): void;
}
/** Independent processes that share relay lines and drive them safe when this program falls silent or dies. */
export interface Keepers {
  /** Ends those that a dead program left behind: only then can their lines be opened again. */
  release(): Promise<void>;
  /** Throws DeviceError. The lines stay the caller's too: reading and driving them never waits for the keeper. */
  start(lines: readonly KeptLine[], events: KeeperEvents): KeeperLink;
}

export interface BrokerOptions {
  /** mqtt://host:port or mqtts://host:port. */
  readonly url: string;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM of the authority that signed the broker's certificate. */
  readonly ca?: string;
  readonly will: { readonly topic: string; readonly payload: string; readonly retain: boolean };
}
export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}
/** A connection that comes back by itself with growing pauses; nothing is queued while away: the bridge resends the latest. */
export interface BrokerConnection extends AsyncDisposable {
  readonly connected: boolean;
  /** Resolves when the broker took it (QoS 1); rejects while disconnected. */
  publish(topic: string, payload: string, options: { readonly qos: 0 | 1; readonly retain: boolean }): Promise<void>;
  /** One more topic, until the connection ends. Rejects while disconnected, and when the broker refuses. */
  subscribe(topic: string): Promise<void>;
  unsubscribe(topic: string): void;
  /** Bytes handed to the socket but not yet taken: the bridge holds back while this grows. */
  readonly backlogBytes: number;
}
export interface BrokerListener {
  /** After each (re)connection, once the subscriptions stand. */
  onConnect(): void;
  onDisconnect(reason: string): void;
  onMessage(message: Message): void;
}
export interface Brokers {
  connect(options: BrokerOptions, subscriptions: readonly string[], listener: BrokerListener): BrokerConnection;
}

export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `tls`: from the first byte (465). `starttls`: upgraded before anything is said, or not at all (587). `plain`: asked for in so many words. */
  readonly security: 'tls' | 'starttls' | 'plain';
  readonly username?: string;
  readonly password?: string;
  /** PEM of the authority that signed the server's certificate, where it is a private one. */
  readonly ca?: string;
}
export interface MailMessage {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}
/** `permanent`: the same message will be refused again. Reasons never hold a password. */
export type MailOutcome =
  | { readonly sent: true; readonly refusedRecipients: readonly string[] }
  | { readonly sent: false; readonly permanent: boolean; readonly reason: string };
export interface Mail {
  /** One attempt, of 45 s at most. Never rejects. After a time-out or an abort the server may have taken the message all the same. */
  send(server: MailServer, message: MailMessage, signal: AbortSignal): Promise<MailOutcome>;
}

export interface Files {
  /** Undefined when absent. */
  read(path: string): Promise<string | undefined>;
  /** Temporary file, fsync, rename, fsync of the directory: the old or the new text, never half. */
  writeAtomic(path: string, text: string): Promise<void>;
}

/** Of a file system, as its users may fill it: what is reserved for root counts nowhere. */
export interface Space {
  readonly totalBytes: number;
  readonly freeBytes: number;
}
export interface Disks {
  /** Room on the disk that holds `path`; undefined when that is absent. */
  space(path: string): Promise<Space | undefined>;
}

export interface Ports {
  readonly serial: SerialPorts;
  readonly serialLines: SerialLines;
  readonly i2c: I2cBuses;
  readonly gpio: Gpio;
  readonly can: CanBuses;
  readonly modbus: ModbusPorts;
  readonly keepers: Keepers;
  readonly brokers: Brokers;
  readonly subscriptions: Subscriptions;
  readonly files: Files;
  readonly disks: Disks;
  readonly mail: Mail;
  readonly certified: Certified;
}
