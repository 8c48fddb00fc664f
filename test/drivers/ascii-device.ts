/** Batteries with ASCII frames in memory: recorded answers by request, and frames that are made rather than recorded. */
import { type AsciiDevice, findAsciiAnswer } from '../../src/drivers/lib/ascii-frame.ts';
import type { Answering } from './serial-device.ts';

export const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(`${text}\r`, 'latin1'));

/** The information of a recorded frame; fails when the frame is not whole. */
export function infoOf(frame: string, device: AsciiDevice): Uint8Array {
  const found = findAsciiAnswer(device)(ascii(frame), 0);
  if (typeof found !== 'object') throw new Error('no frame');
  if (found.end !== frame.length + 1 || found.frame.code !== 0) throw new Error('another frame');
  return found.frame.info;
}

/** A synthetic answer. */
export function made(device: AsciiDevice, code: number, info: string): string {
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');
  const digits = [...hex(info.length, 3)].reduce((sum, digit) => sum + Number.parseInt(digit, 16), 0);
  const body = `${hex(device.version, 2)}${hex(device.address, 2)}46${hex(code, 2)}${hex(-digits & 15, 1)}${hex(info.length, 3)}${info}`;
  return `~${body}${hex(-[...body].reduce((sum, character) => sum + character.charCodeAt(0), 0) & 0xffff, 4)}`;
}

/** Answers by address and command. */
export const answering =
  (answers: Readonly<Record<string, string>>): Answering =>
  (request) => {
    const text = Buffer.from(request).toString('latin1');
    const answer = answers[`${text.slice(3, 5)} ${text.slice(7, 9)}`];
    return answer === undefined ? undefined : ascii(answer);
  };
