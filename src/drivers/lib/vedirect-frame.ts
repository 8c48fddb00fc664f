/** Victron's VE.Direct text blocks out of a byte stream: checked, with the records of the hex protocol cut out. Reference: batteries 4. */

/** The fields of one block, by label. */
export type VeBlock = ReadonlyMap<string, string>;

export interface VeDecoder {
  /** The good blocks that end in this chunk. */
  push(chunk: Uint8Array): VeBlock[];
  /** Whole blocks refused, and records of the hex protocol passed over. The start of the stream, mostly half a block, does not count. */
  readonly counts: { readonly bad: number; readonly hex: number };
}

const CHECKSUM = '\r\nChecksum\t';
const [COLON, LINE_FEED] = [0x3a, 0x0a];
/** The specification allows 18 to 22 fields of at most 44 characters; what is longer has lost its end. */
const LONGEST_BLOCK = 1100;
const FIELD = /^([A-Za-z0-9_#]{1,8})\t([\x20-\x7e]{0,32})$/;

export function createVeDecoder(): VeDecoder {
  let text = '';
  let sum = 0;
  let inHex = false;
  let started = false;
  const counts = { bad: 0, hex: 0 };

  const restart = (): void => {
    text = '';
    sum = 0;
    started = true;
  };
  /** The checksum byte itself: whatever it looks like, it ends the block. */
  const finish = (byte: number): VeBlock | undefined => {
    const block = ((sum + byte) & 0xff) === 0 ? fieldsOf(text.slice(0, -CHECKSUM.length)) : undefined;
    if (block === undefined && started) counts.bad += 1;
    restart();
    return block;
  };
  const take = (byte: number): VeBlock | undefined => {
    if (text.endsWith(CHECKSUM)) return finish(byte);
    if (byte === COLON) {
      inHex = true;
      counts.hex += 1;
      return undefined;
    }
    text += String.fromCharCode(byte);
    sum += byte;
    if (text.length > LONGEST_BLOCK) {
      counts.bad += 1;
      restart();
    }
    return undefined;
  };
  return {
    counts,
    push(chunk) {
      const blocks: VeBlock[] = [];
      for (const byte of chunk) {
        if (inHex && isHexDigit(byte)) continue;
        // Some chargers end a record with 0xFE instead of a line feed.
        const endsRecord = inHex && (byte === LINE_FEED || byte >= 0x80);
        inHex = false;
        const block = endsRecord ? undefined : take(byte);
        if (block !== undefined) blocks.push(block);
      }
      return blocks;
    },
  };
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46);
}

/** One sum in 256 is right by accident: a block with a malformed line or a label twice is refused all the same. */
function fieldsOf(text: string): VeBlock | undefined {
  const fields = new Map<string, string>();
  const [before, ...lines] = text.split('\r\n');
  if (before !== '') return undefined;
  for (const line of lines) {
    const [, label, value] = FIELD.exec(line) ?? [];
    if (label === undefined || value === undefined || fields.has(label)) return undefined;
    fields.set(label, value);
  }
  return fields;
}
