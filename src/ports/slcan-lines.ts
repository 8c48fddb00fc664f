/** SLCAN as text: lines of a serial CAN adapter to frames and answers. Pure, incremental, bounded. Source: Lawicel CANUSB manual, chapter 3. */
import type { CanFrame } from './can-types.ts';

export type SlcanFrame = Omit<CanFrame, 'atMs'>;
/** A data frame, or the answer to a command: CR alone = done, BEL = refused. */
export type SlcanItem = SlcanFrame | 'done' | 'refused';

export interface SlcanParser {
  push(bytes: Uint8Array): SlcanItem[];
  /** Lines that were neither a frame nor an answer that this protocol knows. */
  readonly badLines: number;
}

const CR = 0x0d;
const LF = 0x0a;
const BEL = 0x07;
/** T, 8 digits of id, length, 8 bytes in hexadecimal, 4 digits of time. */
const LONGEST = 30;
/** Type · id (3 digits for t and r, 8 for T and R) · length · data of that length · ms of the minute where the adapter adds it. */
const LINE = /^(?:([tr])([0-7][\da-fA-F]{2})|([TR])([01][\da-fA-F]{7}))([0-8])((?:[\da-fA-F]{2})*)$/;
/** What adapters also say: version, serial number, status, accepted transmissions. */
const KNOWN = /^([VvNF][\w .:/-]*|[zZ])$/;

/** A parser that holds at most one line; a longer one is thrown away up to its end. */
export function createSlcanParser(): SlcanParser {
  let line = '';
  let tooLong = false;
  let badLines = 0;
  const ended = (terminator: number): SlcanItem | undefined => {
    const text = line;
    const bad = tooLong;
    line = '';
    tooLong = false;
    if (terminator === BEL) return 'refused';
    if (text === '' && !bad) return 'done';
    const frame = bad ? undefined : readLine(text);
    if (frame === undefined && !KNOWN.test(text)) badLines += 1;
    return frame === 'remote' ? undefined : frame;
  };
  return {
    push(bytes) {
      const items: SlcanItem[] = [];
      for (const byte of bytes) {
        if (byte === CR || byte === BEL) {
          const item = ended(byte);
          if (item !== undefined) items.push(item);
        } else if (byte !== LF) {
          tooLong ||= line.length >= LONGEST;
          if (!tooLong) line += String.fromCharCode(byte);
        }
      }
      return items;
    },
    get badLines() {
      return badLines;
    },
  };
}

/** A remote frame asks for data and carries none: heard, not handed on. */
function readLine(text: string): SlcanFrame | 'remote' | undefined {
  const [, shortType, shortId, longType, longId, length, digits = ''] = LINE.exec(text) ?? [];
  const type = shortType ?? longType;
  if (type === undefined || length === undefined) return undefined;
  const remote = type === 'r' || type === 'R';
  const wanted = remote ? 0 : 2 * Number(length);
  if (digits.length !== wanted && digits.length !== wanted + 4) return undefined;
  if (remote) return 'remote';
  const extended = longId !== undefined;
  return { id: Number.parseInt(longId ?? shortId ?? '', 16), extended, data: Uint8Array.from(Buffer.from(digits.slice(0, wanted), 'hex')) };
}
