/** TIC bytes to frames: incremental, bounded, believing nothing without its checksum, accounting for every group. */
import { HT, type RefusalReason, readGroup, SP, type TicGroup } from './tic-group.ts';
import { HISTORIC_LABELS, STANDARD_LABELS } from './tic-labels.ts';

export type TicMode = 'historic' | 'standard';
export interface TicFrame {
  readonly mode: TicMode;
  readonly groups: ReadonlyMap<string, TicGroup>;
  /** STX to its end, every group believed, no label twice, first label as it must be: absence means something, indexes count. */
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
const LF = 0x0a;
const CR = 0x0d;
/** The longest group, PPOINTE with its horodate, has 123 bytes. */
const MAX_GROUP = 160;
/** The longest frame, three-phase producer with mobile peaks, has about 90 groups. */
const MAX_GROUPS = 128;
/** The groups with which frames end. Historic: MOTDETAT in single-phase, PPOT after it in three-phase. */
const LAST_LABELS: ReadonlySet<string> = new Set(['MOTDETAT', 'PPOT', 'PJOURF+1', 'PPOINTE']);

/** The frame being received, and the accounts of the line. */
interface Assembly {
  start(): void;
  take(outcome: TicGroup | RefusalReason): void;
  /** The frame received so far, if it has anything; then none is under way. `marked`: its own ETX ends it. */
  end(marked: boolean): TicFrame | undefined;
  drop(): void;
  readonly open: boolean;
  readonly counts: TicDecoder['counts'];
}

interface Received {
  readonly groups: Map<string, TicGroup>;
  readonly refused: RefusalReason[];
  first: string;
  last: string;
  doubled: boolean;
}

/** Cooked lines lose ETX: a frame that the next STX ends is whole when its last group is one with which its meter ends. */
function endsWell({ last, groups }: Received): boolean {
  return LAST_LABELS.has(last) && !(last === 'MOTDETAT' && groups.has('IINST3'));
}

function createAssembly(mode: TicMode): Assembly {
  let frame: Received | undefined;
  let accepted = 0;
  const refused = new Map<RefusalReason, number>();
  return {
    start() {
      frame = { groups: new Map(), refused: [], first: '', last: '', doubled: false };
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
      frame.last = outcome.label;
      frame.groups.set(outcome.label, outcome);
      if (frame.groups.size > MAX_GROUPS) frame = undefined;
    },
    end(marked) {
      const ended = frame;
      frame = undefined;
      if (ended === undefined || ended.groups.size === 0) return undefined;
      const { groups, refused: bad, first, doubled } = ended;
      const starts = mode === 'standard' ? first === 'ADSC' : first === 'ADCO' || first.startsWith('ADIR');
      const complete = bad.length === 0 && !doubled && starts && (marked || endsWell(ended));
      return { mode, groups, complete, accepted: groups.size, refused: bad };
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
      // ETX stands after CR: after LF a group was due, and its label may be what became ETX.
      const due = inGroup;
      cutGroup();
      const frame = assembly.end(byte === ETX && !due);
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
          // A group without its LF must not vanish: its frame would look whole, and its absence would mean something.
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
