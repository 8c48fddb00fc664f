/**
 * Every single wrong byte in every recorded frame that has a checksum: refused, or nothing changes, or it is listed in the
 * snapshot. Nothing changes in the records of the hex protocol between VE.Direct blocks, in the two bytes that JK leaves out of
 * its sum, in the case of the sum's own digits, and at the marks around a Linky frame. What a Linky's six bits of sum cannot see
 * are bytes that are 64 apart; formats refuse them in every number, so only letters of texts are listed.
 */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decode as decodeProbe } from '../../src/drivers/ds18b20.ts';
import { findAsciiAnswer } from '../../src/drivers/lib/ascii-frame.ts';
import { findDalyAnswer } from '../../src/drivers/lib/daly-frame.ts';
import { findJbdAnswer } from '../../src/drivers/lib/jbd-frame.ts';
import { findJkAnswer } from '../../src/drivers/lib/jk-frame.ts';
import { ask } from '../../src/drivers/lib/modbus-blocks.ts';
import type { RegisterKind } from '../../src/drivers/lib/registers.ts';
import { createScanner, type FrameFinder } from '../../src/drivers/lib/serial-query.ts';
import { readThingSet, withChecksum } from '../../src/drivers/lib/thingset-text.ts';
import { createTicDecoder } from '../../src/drivers/lib/tic-frame.ts';
import { createVeDecoder } from '../../src/drivers/lib/vedirect-frame.ts';
import { kernelModbus } from '../../src/ports/modbus.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import { type Exchange, exchangesOf } from './modbus-exchanges.ts';
import { literalsOf } from './recorded-frames.ts';

/** By the function code of a question. */
const KINDS_OF: Readonly<Record<number, RegisterKind>> = { 1: 'coil', 3: 'holding', 4: 'input' };

interface Kind {
  /** Recorded frames; none twice. */
  readonly frames: readonly Uint8Array[];
  /** What is believed of these bytes, as text; undefined: nothing. */
  believed(bytes: Uint8Array, frame: number): string | undefined;
}
interface Outcome {
  readonly frames: number;
  readonly corruptions: number;
  readonly refused: number;
  /** Believed, and it says the same. */
  readonly harmless: number;
  /** Believed, and it says something else. */
  readonly unseen: readonly string[];
}

function corrupt({ frames, believed }: Kind): Outcome {
  let [corruptions, refused, harmless] = [0, 0, 0];
  const unseen: string[] = [];
  for (const [index, frame] of frames.entries()) {
    const sound = believed(frame, index);
    if (sound === undefined) throw new Error(`frame ${index} is not believed`);
    const bytes = Uint8Array.from(frame);
    for (const [at, was] of frame.entries()) {
      for (let value = 0; value < 256; value += 1) {
        if (value === was) continue;
        bytes[at] = value;
        corruptions += 1;
        const says = believed(bytes, index);
        if (says === undefined) refused += 1;
        else if (says === sound) harmless += 1;
        else unseen.push(`${says} for ${sound}`);
      }
      bytes[at] = was;
    }
  }
  return { frames: frames.length, corruptions, refused, harmless, unseen: unseen.map(printable) };
}

const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16)}`);
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

type Finder = FrameFinder<unknown>;
/** Frames by what finds them: whoever asks knows which answer is due. */
function found(streams: readonly Uint8Array[], finderFor: (bytes: Uint8Array, at: number) => Finder): Kind {
  const frames = new Map<string, { readonly bytes: Uint8Array; readonly find: Finder }>();
  for (const bytes of streams) {
    for (let at = 0; at < bytes.length; at += 1) {
      const find = finderFor(bytes, at);
      const answer = find(bytes, at);
      if (typeof answer !== 'object') continue;
      const frame = bytes.slice(at, answer.end);
      frames.set(hexOf(frame), { bytes: frame, find });
    }
  }
  const list = [...frames.values()];
  return {
    frames: list.map(({ bytes }) => bytes),
    believed(bytes, frame) {
      const answers = createScanner(list[frame]?.find ?? (() => undefined))(bytes);
      return answers.length === 0 ? undefined : answers.map(text).join();
    },
  };
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => {
    if (each instanceof DataView) return hexOf(new Uint8Array(each.buffer));
    return each instanceof Uint8Array ? hexOf(each) : each;
  });

/** One group of each label, in a frame of its own. */
function ticKind(mode: 'historic' | 'standard'): Kind {
  const groups = new Map<string, Uint8Array>();
  for (const file of globSync(`test/fixtures/linky/${mode}-*.tic`).sort()) {
    for (const [, group = ''] of readFileSync(file, 'latin1').matchAll(/\n([^\n\r]+)\r/g)) {
      const frame = Buffer.from(`\x02\n${group}\r\x03`, 'latin1');
      const label = /^[^ \t]+/.exec(group)?.[0] ?? '';
      if (!groups.has(label) && tic(mode, frame) !== undefined) groups.set(label, frame);
    }
  }
  return { frames: [...groups.values()], believed: (bytes) => tic(mode, bytes) };
}
function tic(mode: 'historic' | 'standard', bytes: Uint8Array): string | undefined {
  const [frame] = createTicDecoder(mode).push(bytes);
  if (frame === undefined || frame.groups.size === 0) return undefined;
  return [...frame.groups.values()].map(({ label, horodate, data }) => `${label} ${horodate} ${data}`).join(' + ');
}

/** The first block of each recording, begun as in a stream: after the end of another. */
function veKind(): Kind {
  const frames = globSync('test/fixtures/vedirect/*.ve')
    .sort()
    .flatMap((file) => {
      const bytes = readFileSync(file);
      const ends = [...bytes.keys()].filter((at) => bytes.subarray(0, at).toString('latin1').endsWith('\r\nChecksum\t'));
      const [first, second] = ends;
      const block = first === undefined ? bytes : bytes.subarray(ends.length > 1 ? first + 1 : 0, (second ?? first) + 1);
      return ve(block) === undefined ? [] : [block];
    });
  return { frames, believed: ve };
}
function ve(bytes: Uint8Array): string | undefined {
  const [block] = createVeDecoder().push(bytes);
  return block === undefined ? undefined : [...block].map(([label, value]) => `${label}=${value}`).join(' ');
}

/** Scratchpads of real probes; the kernel is taken to say YES whatever came. */
function probeKind(): Kind {
  const source = readFileSync('test/drivers/ds18b20.test.ts', 'utf8');
  const pads = new Set([...source.matchAll(/\b((?:[0-9a-f]{2} ){8}[0-9a-f]{2})\b/g)].map(([, pad = '']) => pad));
  const believed = (bytes: Uint8Array): string | undefined => {
    const pad = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const value = decodeProbe(`${pad} : crc=${pad.slice(-2)} YES\n${pad} t=0\n`);
    return typeof value === 'number' ? String(value) : undefined;
  };
  const frames = [...pads].map((pad) => Uint8Array.from(Buffer.from(pad.replaceAll(' ', ''), 'hex')));
  return { frames: frames.filter((frame) => believed(frame) !== undefined), believed };
}

/** Recorded answers, with the checksum that the device adds when the question has one. */
function thingsetKind(): Kind {
  const source = readFileSync('test/drivers/thingset.test.ts', 'utf8');
  const answers = [...source.matchAll(/^ {2}'(\{"rPack.*\})';$/gm)].map(([, json = '']) => `:85 ${json}`);
  const believed = (bytes: Uint8Array): string | undefined => {
    const message = readThingSet(Buffer.from(bytes).toString('latin1'));
    return message === undefined ? undefined : JSON.stringify(message);
  };
  return { frames: answers.map((answer) => Buffer.from(withChecksum(answer).trimEnd(), 'latin1')), believed };
}

const ascii = (file: string): Kind =>
  found(literalsOf(file), (bytes, at) => {
    const [version = 0, address = 0] = Buffer.from(Buffer.from(bytes.subarray(at + 1, at + 5)).toString('latin1'), 'hex');
    return findAsciiAnswer({ version, address });
  });

const KINDS: Readonly<Record<string, () => Kind>> = {
  'Linky, historic': () => ticKind('historic'),
  'Linky, standard': () => ticKind('standard'),
  'VE.Direct': veKind,
  JBD: () => found(literalsOf('jbd.test.ts'), (bytes, at) => findJbdAnswer(bytes[at + 1] ?? 0)),
  Daly: () => found(literalsOf('daly.test.ts'), (bytes, at) => findDalyAnswer(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0)),
  JK: () => found(literalsOf('jk.test.ts'), () => findJkAnswer),
  Pylontech: () => ascii('pylontech.test.ts'),
  'Seplos and PACE': () => ascii('rack.test.ts'),
  DS18B20: probeKind,
  ThingSet: thingsetKind,
};

describe('one wrong byte', () => {
  test.each(Object.entries(KINDS))('%s', { timeout: 120_000 }, (_, kind) => {
    const outcome = corrupt(kind());
    expect(outcome.frames).toBeGreaterThan(0);
    expect(outcome.refused + outcome.harmless + outcome.unseen.length).toBe(outcome.corruptions);
    expect({ ...outcome, unseen: outcome.unseen.length, list: outcome.unseen }).toMatchSnapshot();
  });
});

const epever = (): readonly Exchange[] => {
  const lines = readFileSync('test/fixtures/epever/tracer2215bn-monitor.txt', 'utf8').split('\n');
  const frames = lines.flatMap((line) => /^(0104\w{12}) (0104\w+)$/.exec(line)?.slice(1, 3) ?? []).map((text) => Buffer.from(text, 'hex'));
  return frames.flatMap((answer, i) => (i % 2 === 0 ? [] : [{ question: frames[i - 1] as Buffer, answer }]));
};
const MODBUS: Readonly<Record<string, () => readonly Exchange[]>> = {
  EPEver: epever,
  'JK PB': () => exchangesOf('jk-pb/frames'),
  'Seplos V3': () => exchangesOf('seplos-v3/frames'),
};

/** Modbus goes through modbus-serial itself, question by question. Recorded: see the head of each file. */
test.each(Object.entries(MODBUS))('one wrong byte, Modbus RTU, %s', { timeout: 120_000 }, async (_, exchanges) => {
  const clock = virtualClock();
  const serial = simulatedSerial();
  const wire = serial.wire('/dev/rs485');
  const settings = { transport: 'rtu', path: '/dev/rs485', baudRate: 9600, parity: 'none', stopBits: 1 } as const;
  await using bus = await kernelModbus(serial, clock).open(settings, new AbortController().signal);
  const told = async (question: Buffer, answer: Uint8Array): Promise<string | undefined> => {
    const block = { kind: KINDS_OF[question[1] ?? 0] ?? 'input', address: question.readUInt16BE(2), count: question.readUInt16BE(4) };
    const words = ask(bus, { unit: question[0] ?? 1, timeoutMs: 100 }, block).then(text, () => undefined);
    await clock.advance(60);
    wire.send(answer, 9600);
    await clock.advance(1_000);
    return words;
  };
  let corruptions = 0;
  const believed: string[] = [];
  for (const { question, answer } of exchanges()) {
    expect(await told(question, answer), question.toString('hex')).toBeDefined();
    for (const [at, was] of answer.entries()) {
      for (let value = 0; value < 256; value += 1) {
        if (value === was) continue;
        corruptions += 1;
        const says = await told(
          question,
          Uint8Array.from(answer, (byte, index) => (index === at ? value : byte)),
        );
        if (says !== undefined) believed.push(`${at} ${value}: ${says}`);
      }
    }
  }
  expect(corruptions).toBeGreaterThan(10_000);
  expect(believed).toEqual([]);
});
