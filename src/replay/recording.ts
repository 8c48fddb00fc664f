/** What stands in a recording: one JSON document a line, a header first, then all that control hears, in its order. */
import type { RelayMode, Value } from '../model.ts';

export const FORMAT = 1;

/** What control remembers from before: without it the first hours would be decided otherwise. */
export interface RememberedState {
  readonly relays: readonly {
    readonly relayId: string;
    readonly mode: RelayMode;
    readonly manualOn: boolean;
    readonly switches: number;
    readonly onSeconds: number;
  }[];
  readonly latches: readonly { readonly relayId: string; readonly cause: string; readonly sinceMs: number }[];
  readonly facts: Readonly<Record<string, string>>;
}
export interface Header {
  readonly boxenergie: 'recording';
  readonly format: number;
  /** Of the program that recorded. */
  readonly version: string;
  readonly wallMs: number;
  readonly monotonicMs: number;
  /** The configuration file's text. */
  readonly config: string;
  readonly state: RememberedState;
}
/** A person's or a program's wish as the bridge hands it over. */
export interface RecordedCommand {
  readonly deviceId: string;
  readonly key: string;
  readonly on: boolean;
  readonly value?: number;
}
/** `m`: monotonic ms; `w`: wall ms. One of the others. */
export interface RecordedEvent {
  readonly m: number;
  readonly w: number;
  /** Device of a sample. */
  readonly d?: string;
  readonly v?: Readonly<Record<string, Value>>;
  readonly c?: RecordedCommand;
  /** The device's source was opened. */
  readonly o?: string;
  /** Events that found no place. */
  readonly dropped?: number;
  /** The recording ended in order. */
  readonly end?: true;
}

/** Facts of the store that control reads; the others (installation, topics) are nobody's business. */
const CONTROL_FACTS = /^(limits|rearms|charge|gauge|stages|reserve|defect|changes|shed\w*):/;

export function rememberedOf({ relays, latches, facts }: RememberedState): RememberedState {
  return { relays, latches, facts: Object.fromEntries(Object.entries(facts).filter(([name]) => CONTROL_FACTS.test(name))) };
}

export function headerLine(header: Omit<Header, 'boxenergie' | 'format'>): string {
  return `${JSON.stringify({ boxenergie: 'recording', format: FORMAT, ...header } satisfies Header)}\n`;
}

export function eventLine(event: RecordedEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/** What is wrong with the file as a whole. */
export class RecordingError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'RecordingError';
  }
}

/** Throws RecordingError. */
export function readHeader(line: string): Header {
  const header = parsed(line) as Partial<Header> | undefined;
  if (header?.boxenergie !== 'recording') throw new RecordingError('this is no recording');
  if (header.format !== FORMAT) throw new RecordingError(`recording of format ${header.format}; this program reads ${FORMAT}`);
  const { version = '', wallMs, monotonicMs, config, state } = header;
  if (!isTime(wallMs) || !isTime(monotonicMs) || typeof config !== 'string') throw new RecordingError('the header is damaged');
  const { relays = [], latches = [], facts = {} } = state ?? {};
  return { boxenergie: 'recording', format: FORMAT, version, wallMs, monotonicMs, config, state: { relays, latches, facts } };
}

/** Undefined: damaged, or of a kind that this program does not know. */
export function readEvent(line: string): RecordedEvent | undefined {
  const event = parsed(line) as Partial<RecordedEvent> | undefined;
  if (!isTime(event?.m) || !isTime(event.w)) return undefined;
  const { m, w, d, v, c, o, dropped, end } = event;
  if (typeof d === 'string' && isRecord(v)) return { m, w, d, v: valuesOf(v) };
  const command = commandOf(c);
  if (command !== undefined) return { m, w, c: command };
  if (typeof o === 'string') return { m, w, o };
  if (typeof dropped === 'number') return { m, w, dropped };
  return end === true ? { m, w, end } : undefined;
}

/** What no device can have said is left out. */
function valuesOf(given: Readonly<Record<string, unknown>>): Readonly<Record<string, Value>> {
  const known = (value: unknown): value is Value => value === null || typeof value !== 'object';
  return Object.fromEntries(Object.entries(given).flatMap(([key, value]) => (known(value) ? [[key, value]] : [])));
}

function commandOf(given: unknown): RecordedCommand | undefined {
  if (!isRecord(given)) return undefined;
  const { deviceId, key, on, value } = given;
  if (typeof deviceId !== 'string' || typeof key !== 'string' || typeof on !== 'boolean') return undefined;
  return { deviceId, key, on, ...(isTime(value) && { value }) };
}

function parsed(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> & object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
