/** One TIC group: the bytes between LF and CR to label, horodate and data, or the reason why they are not believed. */
import type { LabelSpec } from './tic-labels.ts';

/** One believed group. `horodate` is '' where the label has none. */
export interface TicGroup {
  readonly label: string;
  readonly data: string;
  readonly horodate: string;
}
/** `stray`: bytes inside a frame but in no group, as when the LF before a group was damaged. */
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

export const HT = 0x09;
export const SP = 0x20;

/** The group in `bytes[0..length)`, between LF and CR, or why it is not believed. */
export function readGroup(
  bytes: Buffer,
  length: number,
  separator: number,
  specs: ReadonlyMap<string, LabelSpec>,
): TicGroup | RefusalReason {
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
  if (at < 0) return specs.has('ADPS') && /^ADPS\d{3}$/.test(text) ? { label: 'ADPS', data: text.slice(4), horodate: '' } : 'label';
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
const FORMATS = {
  digits: /^\d*$/,
  hex: /^[0-9A-F]*$/,
  text: /^[\x20-\x7e]*$/,
  byte: /^([01]\d\d|2[0-4]\d|25[0-5])$/,
  profile: /^(\d{4}[0-9A-F]{4}|NONUTILE)( (\d{4}[0-9A-F]{4}|NONUTILE))*$/,
} as const;
