/** TIC bytes to frames: incremental, bounded, believing nothing without its checksum, accounting for every group. */
import { HISTORIC_LABELS, type LabelSpec, STANDARD_LABELS } from './tic-labels.ts';

export type TicMode = 'historic' | 'standard';
/** One believed group. `horodate` is '' where the label has none. */
export interface TicGroup {
  readonly label: string;
  readonly data: string;
  readonly horodate: string;
}
export type RefusalReason =
  | 'checksum'
  | 'label'
  | 'length'
  | 'format'
  | 'short'
  | 'overlong'
  | 'byte'
  | 'separator'
  | 'interrupted'
  | 'stray';
export interface TicFrame {
  readonly mode: TicMode;
  readonly groups: ReadonlyMap<string, TicGroup>;
  /** STX to ETX, every group believed, no label twice, first label as it must be: absence means something, indexes count. */
  readonly complete: boolean;
  readonly accepted: number;
  readonly refused: readonly RefusalReason[];
}
export interface TicDecoder {
  /** Frames that end in these bytes. */
  push(bytes: Uint8Array): TicFrame[];
  /** Groups since the beginning, believed and refused, also those outside a frame. */
  readonly counts: { readonly accepted: number; readonly refused: ReadonlyMap<RefusalReason, number> };
}

// NOI-CPT_54E chapter 5:  STX  LF label SP data SP checksum CR …  ETX      (historic)
//                         STX  LF label HT [horodate HT] data HT checksum CR …  ETX   (standard)
const STX = 0x02;
const ETX = 0x03;
const EOT = 0x04;
const HT = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
/** The longest group, PPOINTE with its horodate, has 123 bytes. */
const MAX_GROUP = 160;
/** The longest frame, three-phase producer with mobile peaks, has about 90 groups. */
const MAX_GROUPS = 128;

/** The frame being received, and the accounts of the line. */
interface Assembly {
  start(): void;
  take(outcome: TicGroup | RefusalReason): void;
  /** The frame received so far, if it has anything; then none is under way. */
  end(): TicFrame | undefined;
  drop(): void;
  readonly open: boolean;
  readonly counts: TicDecoder['counts'];
}

function createAssembly(mode: TicMode): Assembly {
  let frame: { readonly groups: Map<string, TicGroup>; readonly refused: RefusalReason[]; first: string; doubled: boolean } | undefined;
  let accepted = 0;
  const refused = new Map<RefusalReason, number>();
  return {
    start() {
      frame = { groups: new Map(), refused: [], first: '', doubled: false };
    },
    take(outcome) {
      if (typeof outcome === 'string') {
        refused.set(outcome, (refused.get(outcome) ?? 0) + 1);
        if (frame !== undefined && frame.refused.length < MAX_GROUPS) frame.refused.push(outcome);
        return;
      }
      accepted += 1;
      if (frame === undefined) return;
      frame.doubled ||= frame.groups.has(outcome.label);
      if (frame.groups.size === 0) frame.first = outcome.label;
      frame.groups.set(outcome.label, outcome);
      if (frame.groups.size > MAX_GROUPS) frame = undefined;
    },
    end() {
      const ended = frame;
      frame = undefined;
      if (ended === undefined || ended.groups.size === 0) return undefined;
      const { groups, first, doubled } = ended;
      const starts = mode === 'standard' ? first === 'ADSC' : first === 'ADCO' || first.startsWith('ADIR');
      return { mode, groups, complete: ended.refused.length === 0 && !doubled && starts, accepted: groups.size, refused: ended.refused };
    },
    drop() {
      frame = undefined;
    },
    get open() {
      return frame !== undefined;
    },
    counts: {
      get accepted() {
        return accepted;
      },
      refused,
    },
  };
}

/** A decoder for one line; `mode` is known from the speed at which the line was opened. */
export function createTicDecoder(mode: TicMode): TicDecoder {
  const separator = mode === 'standard' ? HT : SP;
  const specs = mode === 'standard' ? STANDARD_LABELS : HISTORIC_LABELS;
  const assembly = createAssembly(mode);
  const group = Buffer.alloc(MAX_GROUP);
  let length = 0;
  let inGroup = false;
  let stray = false;

  const endGroup = (next: boolean): void => {
    if (inGroup && length > 0) assembly.take(length > MAX_GROUP ? 'overlong' : readGroup(group, length, separator, specs));
    inGroup = next;
    stray = false;
    length = 0;
  };
  const cutGroup = (): void => {
    if (inGroup && length > 0) assembly.take('interrupted');
    inGroup = false;
    stray = false;
    length = 0;
  };
  /** STX, ETX, EOT, LF and CR; any other byte below them is content. */
  const control = (byte: number, frames: TicFrame[]): boolean => {
    // A cooked line turns CR into LF: what came before it is a whole group all the same, if its checksum says so.
    if (byte === LF || byte === CR) endGroup(byte === LF);
    else if (byte === STX || byte === ETX) {
      cutGroup();
      const frame = assembly.end();
      if (frame !== undefined) frames.push(frame);
      if (byte === STX) assembly.start();
    } else if (byte === EOT) {
      // The meter stops in the middle to be read or programmed; it starts again with STX.
      cutGroup();
      assembly.drop();
    } else return false;
    return true;
  };

  return {
    push(bytes) {
      const frames: TicFrame[] = [];
      for (let i = 0; i < bytes.length; i += 1) {
        const byte = bytes[i] as number;
        if (byte <= CR && control(byte, frames)) continue;
        if (!inGroup) {
          // A group whose LF was lost must not vanish: its frame would look whole, and its absence would mean something.
          if (!stray && assembly.open) assembly.take('stray');
          stray = true;
          continue;
        }
        if (length < MAX_GROUP) group[length] = byte;
        if (length <= MAX_GROUP) length += 1;
      }
      return frames;
    },
    counts: assembly.counts,
  };
}

/** The group in `bytes[0..length)`, between LF and CR, or why it is not believed. */
function readGroup(bytes: Buffer, length: number, separator: number, specs: ReadonlyMap<string, LabelSpec>): TicGroup | RefusalReason {
  if (length < 5) return 'short';
  // Historic: the last separator is not summed; standard: it is (NOI-CPT_54E 5.3.4 and 6.2.2).
  const summed = separator === HT ? length - 1 : length - 2;
  let sum = 0;
  let high = 0;
  for (let i = 0; i < summed; i += 1) {
    const byte = bytes[i] as number;
    sum += byte;
    high |= byte;
  }
  if ((high & 0x80) !== 0 || ((bytes[length - 1] as number) & 0x80) !== 0) return 'byte';
  if (bytes[length - 2] !== separator) return 'separator';
  if ((sum & 0x3f) + 0x20 !== bytes[length - 1]) return 'checksum';
  return splitGroup(bytes.toString('latin1', 0, length - 2), separator, specs);
}

function splitGroup(text: string, separator: number, specs: ReadonlyMap<string, LabelSpec>): TicGroup | RefusalReason {
  const mark = separator === HT ? '\t' : ' ';
  const at = text.indexOf(mark);
  // Some meters send ADPS without its separator: `ADPS032`.
  if (at < 0) return /^ADPS\d{3}$/.test(text) ? { label: 'ADPS', data: text.slice(4), horodate: '' } : 'label';
  const label = text.slice(0, at);
  const spec = specs.get(label);
  if (spec === undefined) return 'label';
  let data = text.slice(at + 1);
  let horodate = '';
  if (spec.stamped) {
    // DATE has empty data: its two separators stand next to each other and must not be merged.
    const next = data.indexOf(mark);
    if (next !== 13) return 'format';
    horodate = data.slice(0, 13);
    data = data.slice(14);
    if (!HORODATE.test(horodate)) return 'format';
  }
  if (data.length !== spec.length && data.length !== spec.orLength) return 'length';
  return FORMATS[spec.format].test(data) ? { label, data, horodate } : 'format';
}

const HORODATE = /^[HEhe ]\d{12}$/;
const FORMATS = { digits: /^\d*$/, hex: /^[0-9A-F]*$/, text: /^[\x20-\x7e]*$/ } as const;
