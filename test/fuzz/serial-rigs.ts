/** Worlds of the drivers on serial lines: recorded blocks that come by themselves, recorded answers to requests. */
import { globSync, readFileSync } from 'node:fs';
import { findDalyAnswer } from '../../src/drivers/lib/daly-frame.ts';
import { findJbdAnswer } from '../../src/drivers/lib/jbd-frame.ts';
import { findJkAnswer } from '../../src/drivers/lib/jk-frame.ts';
import type { FrameFinder } from '../../src/drivers/lib/serial-query.ts';
import { withChecksum } from '../../src/drivers/lib/thingset-text.ts';
import { sharedSerial } from '../../src/ports/serial-shared.ts';
import type { SerialSettings } from '../../src/ports/types.ts';
import { constantsOf, literalsOf } from '../drivers/recorded-frames.ts';
import { PATH } from '../drivers/serial-device.ts';
import { controller } from '../drivers/smartbms-controller.ts';
import { answeringSerial, exampleOf, type Rig, talkingSerial, type World } from './rig.ts';

const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const SUM16 = 'sum of 16 bits';

function linkyRig(mode: 'historic' | 'standard'): Rig {
  const settings: SerialSettings = { baudRate: mode === 'standard' ? 9600 : 1200, dataBits: 7, parity: 'even', stopBits: 1 };
  const frames = globSync(`test/fixtures/linky/${mode}-*.tic`)
    .filter((file) => !file.includes('noisy'))
    .sort()
    .map((file) => readFileSync(file, 'latin1').split('\x02').slice(1, -1))
    .map((texts) => texts.map((text) => ascii(`\x02${text.slice(0, text.indexOf('\x03') + 1)}`)));
  return {
    name: `linky, ${mode}`,
    ...exampleOf('linky', { port: PATH, mode }),
    guard: 'six bits a group',
    loose: ['tic_error_rate', 'withheld_frames', 'index_mismatch', 'clock_drift'],
    build: (world) => ({
      serial: talkingSerial(world, PATH, settings, 500, () => world.random.pick(world.random.pick(frames))),
    }),
  };
}

const vedirect: Rig = {
  name: 'vedirect',
  ...exampleOf('vedirect', { port: PATH }),
  guard: 'sum of 8 bits a block',
  build(world) {
    const blocks = globSync('test/fixtures/vedirect/*.ve')
      .sort()
      .flatMap((file) => readFileSync(file, 'latin1').match(/\r\n[\s\S]*?\r\nChecksum\t[\s\S]/g) ?? [])
      .map(ascii);
    const settings = { baudRate: 19_200, dataBits: 8, parity: 'none', stopBits: 1 } as const;
    return { serial: talkingSerial(world, PATH, settings, 500, () => world.random.pick(blocks)) };
  },
};

/** Frames found in literals; `finderFor` is told where a frame may begin. */
function framesIn(file: string, finderFor: (bytes: Uint8Array, at: number) => FrameFinder<unknown>): Uint8Array[] {
  return literalsOf(file).flatMap((bytes) => {
    const frames: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 1) {
      const found = finderFor(bytes, at)(bytes, at);
      if (typeof found === 'object') frames.push(bytes.slice(at, found.end));
    }
    return frames;
  });
}
function answeringRig(
  name: string,
  guard: string,
  answer: (request: Buffer, world: World) => Uint8Array | undefined,
  more: object = {},
): Rig {
  const example = exampleOf(name, { port: PATH, period_s: 1, ...more });
  return {
    name,
    ...example,
    guard,
    build(world) {
      const serial = answeringSerial(world, PATH, (request) => answer(request, world));
      return { serial, serialLines: sharedSerial(serial, world.clock) };
    },
  };
}
const oneOf = (world: World, frames: readonly Uint8Array[]): Uint8Array | undefined =>
  frames.length === 0 ? undefined : world.random.pick(frames);

const jbdFrames = framesIn('jbd.test.ts', (bytes, at) => findJbdAnswer(bytes[at + 1] ?? 0)).filter((frame) => frame[2] === 0);
const jbd = answeringRig('jbd', SUM16, (request, world) =>
  oneOf(
    world,
    jbdFrames.filter((frame) => frame[1] === request[2]),
  ),
);

const dalyFrames = literalsOf('daly.test.ts').flatMap((bytes) => {
  const answers = new Map<number, Uint8Array>();
  for (let at = 0; at + 13 <= bytes.length; at += 13) {
    const [address = 0, command = 0] = bytes.subarray(at + 1, at + 3);
    if (address !== 1 || typeof findDalyAnswer(address, command)(bytes, at) !== 'object') return [];
    answers.set(command, Buffer.concat([answers.get(command) ?? new Uint8Array(), bytes.subarray(at, at + 13)]));
  }
  return answers.size > 1 ? [answers] : [];
});
const daly = answeringRig(
  'daly',
  'sum of 8 bits',
  (request, world) =>
    oneOf(
      world,
      dalyFrames.flatMap((answers) => answers.get(request[2] ?? 0) ?? []),
    ),
  { unit: 1 },
);
const jkFrames = framesIn('jk.test.ts', () => findJkAnswer);
const jk = answeringRig('jk', SUM16, (_, world) => oneOf(world, jkFrames));

function asciiRig(name: string, file: string, unit: number, answers: Readonly<Record<string, readonly string[]>>): Rig {
  const frames = constantsOf(file);
  return answeringRig(
    name,
    `${SUM16}, in hexadecimal text`,
    (request, world) => {
      const names = answers[request.toString('latin1', 7, 9)] ?? [];
      return oneOf(
        world,
        names.map((each) => ascii(`${frames.get(each) ?? ''}\r`)),
      );
    },
    { unit },
  );
}

/** Text with the checksum of version 0.6, or without one as version 0.5. */
function thingsetRig(version: '0.5' | '0.6'): Rig {
  const answer = constantsOf('thingset.test.ts').get('BMS') ?? '';
  const rig = answeringRig('thingset', version === '0.6' ? 'CRC of 32 bits' : 'none', (request) => {
    const text = request.toString('latin1').trim();
    const known = text.startsWith('?Meas');
    if (version === '0.6') return ascii(withChecksum(known ? `:85 ${answer}` : ':A4'));
    if (text.endsWith('#')) return ascii(':A0 Bad Request.\r\n');
    return ascii(known ? `:85 Content. ${answer}\r\n` : ':A4 Not Found.\r\n');
  });
  return { ...rig, name: `thingset ${version}` };
}

const smartbms: Rig = {
  name: 'smartbms',
  ...exampleOf('smartbms', { port: PATH, period_s: 1 }),
  guard: 'none; lines that contradict themselves are refused',
  build(world) {
    let device: ReturnType<typeof controller> | undefined;
    const mangle = (line: string): string => {
      device?.all.splice(0);
      device?.wire.written.splice(0);
      return Buffer.from(world.say(ascii(line))).toString('latin1');
    };
    device = controller(16, mangle, world.clock);
    return { serial: device.serial };
  },
};

export const SERIAL_RIGS: readonly Rig[] = [
  ...[linkyRig('historic'), linkyRig('standard'), vedirect, jbd, daly, jk],
  asciiRig('pylontech', 'pylontech.test.ts', 2, { 42: ['US2000', 'UP2500'], 44: ['US2000_ALARMS'], 92: ['MANAGEMENT'] }),
  asciiRig('seplos', 'rack.test.ts', 0, { 42: ['DISCHARGING', 'BENCH'], 44: ['STATE_15', 'BENCH_STATE'] }),
  asciiRig('pace', 'rack.test.ts', 1, { 42: ['PACE_DISCHARGING', 'PACE_P16S100A', 'PACE_EASUN'], 44: ['PACE_STATE'] }),
  ...[thingsetRig('0.6'), thingsetRig('0.5'), smartbms],
];
