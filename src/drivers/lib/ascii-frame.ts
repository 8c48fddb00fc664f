/** The ASCII frames of Pylontech, Seplos V2 and PACE: `~`, hexadecimal bytes, two checksums, CR. Reference: batteries 5.5. */
import { DeviceError } from '../../model.ts';
import type { FrameFinder, QueryLine } from './serial-query.ts';

/** Who is asked, and in which version of the protocol. */
export interface AsciiDevice {
  readonly version: number;
  readonly address: number;
}
export interface AsciiAnswer {
  /** 0 is well. */
  readonly code: number;
  readonly info: Uint8Array;
}

const [START, END] = [0x7e, 0x0d];
/** Battery data. */
const CID1 = 0x46;
/** `~`, version, address, CID1, CID2 or return code, length. */
const HEADER_CHARACTERS = 13;
const SUM_CHARACTERS = 4;

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

/** A request for `command` with the device's own address as its only argument: nothing is ever written to a battery. */
export function asciiRequest({ version, address }: AsciiDevice, command: number): Uint8Array {
  const info = hex(address, 2);
  const text = `${hex(version, 2)}${hex(address, 2)}${hex(CID1, 2)}${hex(command, 2)}${hex(lengthField(info.length), 4)}${info}`;
  const characters = Array.from(text, (character) => character.charCodeAt(0));
  const sum = Array.from(hex(checksum(characters), SUM_CHARACTERS), (character) => character.charCodeAt(0));
  return Uint8Array.of(START, ...characters, ...sum, END);
}

/** Answers of that device whose version, length and both sums agree. An echo of the request is none: its CID2 is no return code. */
export function findAsciiAnswer({ version, address }: AsciiDevice): FrameFinder<AsciiAnswer> {
  return (bytes, at) => {
    if (bytes[at] !== START) return undefined;
    if (bytes.length < at + HEADER_CHARACTERS) return 'more';
    const head = bytesOfHex(bytes.subarray(at + 1, at + HEADER_CHARACTERS));
    const [ver, adr, cid1, code = 0, high = 0, low = 0] = head ?? [];
    const length = ((high & 0x0f) << 8) | low;
    if (ver !== version || adr !== address || cid1 !== CID1 || isCommand(code)) return undefined;
    if (((high << 8) | low) !== lengthField(length)) return undefined;
    const sumAt = at + HEADER_CHARACTERS + length;
    if (bytes.length <= sumAt + SUM_CHARACTERS) return 'more';
    const [sumHigh = 0, sumLow = 0] = bytesOfHex(bytes.subarray(sumAt, sumAt + SUM_CHARACTERS)) ?? [];
    if (((sumHigh << 8) | sumLow) !== checksum(bytes.subarray(at + 1, sumAt))) return undefined;
    const info = bytesOfHex(bytes.subarray(at + HEADER_CHARACTERS, sumAt));
    if (info === undefined) return undefined;
    return bytes[sumAt + SUM_CHARACTERS] === END ? { frame: { code, info }, end: sumAt + SUM_CHARACTERS + 1 } : undefined;
  };
}

/** The information of the answer to `command`. Throws DeviceError when none comes or the battery refuses. */
export async function askAscii(line: QueryLine, device: AsciiDevice, command: number): Promise<Uint8Array> {
  const [{ code, info }] = await line.ask(asciiRequest(device, command), findAsciiAnswer(device));
  if (code === 0) return info;
  const why = REFUSALS[code] ?? `code ${hex(code, 2)}`;
  throw new DeviceError(`battery ${device.address} refuses command ${hex(command, 2)}: ${why}`, {
    mend: 'Check that the battery speaks this protocol (some choose it by switches or in their app)',
  });
}

const REFUSALS: Readonly<Record<number, string>> = {
  1: 'other version',
  2: 'checksum',
  3: 'length',
  4: 'unknown command',
  5: 'format',
  6: 'invalid data',
  144: 'address',
  145: 'communication inside the battery',
};
/** Commands are 42h to 4Fh, 51h, 92h to 96h and the like; return codes 0 to 9, 90h, 91h. */
function isCommand(code: number): boolean {
  return code > 0x0f && code !== 0x90 && code !== 0x91;
}

/** The number of characters with the sum of its three digits in front. */
function lengthField(length: number): number {
  const sum = (length & 0x0f) + ((length >> 4) & 0x0f) + ((length >> 8) & 0x0f);
  return ((-sum & 0x0f) << 12) | length;
}

function checksum(characters: Iterable<number>): number {
  let sum = 0;
  for (const character of characters) sum -= character;
  return sum & 0xffff;
}

/** Undefined when a character is no hexadecimal digit, or one is missing. */
function bytesOfHex(characters: Uint8Array): Uint8Array | undefined {
  if (characters.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(characters.length / 2);
  for (let i = 0; i < bytes.length; i += 1) {
    const [high, low] = [digitOf(characters[2 * i]), digitOf(characters[2 * i + 1])];
    if (high === undefined || low === undefined) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

function digitOf(character = 0): number | undefined {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  const letter = character & ~0x20;
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x41 + 10 : undefined;
}
