/** Worlds of the drivers on buses: Modbus RTU and SLCAN text on serial lines, chips on I2C, probes, files, topics, pulses. */
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { kernelCan } from '../../src/ports/can.ts';
import { kernelModbus } from '../../src/ports/modbus.ts';
import { simulatedAds1115 } from '../../src/ports/sim/ads1115.ts';
import { w1Slave } from '../../src/ports/sim/ds18b20.ts';
import { simulatedGpio } from '../../src/ports/sim/gpio.ts';
import { simulatedHost } from '../../src/ports/sim/host.ts';
import { type SimulatedChip, simulatedI2c } from '../../src/ports/sim/i2c.ts';
import { simulatedIna219 } from '../../src/ports/sim/ina219.ts';
import { simulatedIna226 } from '../../src/ports/sim/ina226.ts';
import { simulatedIna228 } from '../../src/ports/sim/ina228.ts';
import { simulatedIna3221 } from '../../src/ports/sim/ina3221.ts';
import { simulatedLm75 } from '../../src/ports/sim/lm75.ts';
import { simulatedSubscriptions } from '../../src/ports/sim/subscriptions.ts';
import type { Files } from '../../src/ports/types.ts';
import { recorded as candump } from '../drivers/candump.ts';
import { hex, SDM120_RECORDED, SDM630_RECORDED, wordsFrom } from '../drivers/eastron-recorded.ts';
import { answerOf, type Recorded, recordedRegisters } from '../drivers/epever-unit.ts';
import { jkPbUnit, recordedState } from '../drivers/jk-pb-unit.ts';
import { constantsOf } from '../drivers/recorded-frames.ts';
import { seplosV3Unit } from '../drivers/seplos-v3-unit.ts';
import { PATH } from '../drivers/serial-device.ts';
import { answeringSerial, exampleOf, type Rig, talkingSerial, type World } from './rig.ts';

const NO_CHECKSUM = 'none';

const modbusRig = (type: string, words: Recorded, more: object = {}): Rig => answersRig(type, (request) => answerOf(request, words), more);

function answersRig(type: string, answer: (request: Buffer) => Uint8Array | undefined, more: object = {}): Rig {
  const options = { transport: 'rtu', port: PATH, unit: 1, period_s: 1, timeout_ms: 100, ...more };
  const build = (world: World) => ({ modbus: kernelModbus(answeringSerial(world, PATH, answer), world.clock) });
  return { name: type, ...exampleOf(type, options), guard: 'CRC of 16 bits', loose: ['refused_registers'], remembers: true, build };
}
const inputs = (words: ReadonlyMap<number, number>): Recorded => new Map([...words].map(([at, word]) => [`4:${at}`, word]));
const sdm120Words = new Map(SDM120_RECORDED.flatMap(([at, text]) => [...wordsFrom(at, hex(text).subarray(3, 7).toString('hex'))]));

/** Frames as an adapter prints them, `t3518…`, and its silent consent to whatever it is told. */
function slcanRig(type: string, names: readonly string[], more: object = {}): Rig {
  const lines = names.flatMap(candump).map(({ id, data }) => {
    const text = `t${id.toString(16).padStart(3, '0')}${data.length}${Buffer.from(data).toString('hex')}\r`;
    return Buffer.from(text.toUpperCase().replace('T', 't'), 'latin1');
  });
  let at = 0;
  const next = (): Uint8Array => {
    at += 4;
    return Buffer.concat(Array.from({ length: 4 }, (_, i) => lines[(at + i) % lines.length] ?? new Uint8Array()));
  };
  const settings = { baudRate: 115_200, dataBits: 8, parity: 'none', stopBits: 1 } as const;
  const build = (world: World) => {
    const serial = talkingSerial(world, PATH, settings, 50, next);
    return { can: kernelCan({ serial, clock: world.clock }) };
  };
  return { name: `${type}, SLCAN`, ...exampleOf(type, { port: PATH, period_s: 1, ...more }), guard: NO_CHECKSUM, build };
}

/** A chip whose every answer goes through the door, at its own length. */
function chipRig(type: string, chip: (world: World) => SimulatedChip, loose: readonly string[] = []): Rig {
  const { driver, options } = exampleOf(type, { period_s: 0.2 });
  const { bus = 1, address = 0x40 } = options as { bus?: number; address?: number };
  const build = (world: World) => {
    const real = chip(world);
    const sized = (bytes: readonly number[]): number[] => {
      const said = world.say(Uint8Array.from(bytes));
      return bytes.map((byte, i) => said[i] ?? byte);
    };
    const { readBytes } = real;
    const heard: SimulatedChip = {
      read(register) {
        const word = real.read(register);
        const [high = 0, low = 0] = sized([word >> 8, word & 0xff]);
        return (high << 8) | low;
      },
      write: (register, value) => real.write(register, value),
      ...(readBytes && { readBytes: (register: number, length: number) => sized(readBytes(register, length)) }),
    };
    return { i2c: simulatedI2c(new Map([[bus, new Map([[address, heard]])]])) };
  };
  return { name: type, driver, options, guard: NO_CHECKSUM, loose, build };
}
const steady = { volts: () => 13.2, amps: () => 2.5, shuntOhms: 0.00075 };

/** Files as the kernel shows them; `loose` is what changes with time. */
function filesRig(type: string, guard: string, shown: (world: World) => ReadonlyMap<string, () => string>, loose: readonly string[]): Rig {
  const build = (world: World) => {
    const texts = shown(world);
    const files: Files = {
      async read(path) {
        const text = texts.get(path)?.();
        return text === undefined ? undefined : Buffer.from(world.say(Buffer.from(text, 'latin1'))).toString('latin1');
      },
      writeAtomic: async () => undefined,
    };
    return { files, disks: { space: async () => ({ totalBytes: 1e9, freeBytes: 4e8 }) } };
  };
  return { name: type, ...exampleOf(type, { period_s: 2 }), guard, loose, build };
}
const probe = exampleOf('ds18b20').options as { sensor: string; directory: string };

const mqtt: Rig = {
  name: 'mqtt',
  ...exampleOf('mqtt'),
  guard: 'TCP; noise stands for a wrong publisher',
  loose: ['refused'],
  build(world) {
    const subscriptions = simulatedSubscriptions(world.clock);
    const text = Buffer.from(constantsOf('mqtt.test.ts').get('TASMOTA') ?? '', 'latin1');
    const talk = (): void => {
      for (const topic of subscriptions.topics) subscriptions.say(topic, world.say(text));
      world.clock.after(250, talk);
    };
    talk();
    return { subscriptions };
  },
};
/** Each byte is a pause and a burst: 10 ms for each step of its high six bits, then as many pulses as its low two bits say. */
const pulse: Rig = {
  name: 'pulse',
  ...exampleOf('pulse'),
  guard: 'none: a pulse has no content',
  loose: ['energy', 'power', 'volume', 'flow', 'pulses', 'limited_precision', 'implausible', 'last_pulse'],
  build(world) {
    const gpio = simulatedGpio(world.clock);
    const { line } = exampleOf('pulse').options as { line: number };
    let waiting = new Uint8Array();
    const talk = (): void => {
      if (waiting.length === 0) waiting = Uint8Array.from(world.say(Uint8Array.of(0x41, 0x81, 0x02, 0xff)));
      const byte = waiting[0] ?? 0x81;
      waiting = waiting.subarray(1);
      if ((byte & 3) > 0) gpio.pulse(line, byte & 3);
      world.clock.after(10 * (byte >> 2), talk);
    };
    world.clock.after(100, talk);
    return { gpio };
  },
};

const packs = globSync('test/fixtures/can/*.candump')
  .map((path) => basename(path, '.candump'))
  .filter((name) => name.startsWith('pylontech'))
  .sort();

export const BUS_RIGS: readonly Rig[] = [
  modbusRig('epever', recordedRegisters('tracer2215bn-monitor')),
  modbusRig('sdm120', inputs(sdm120Words)),
  modbusRig('sdm630', inputs(SDM630_RECORDED)),
  modbusRig('modbus', new Map([...recordedRegisters('tracer2215bn-monitor'), ['4:30', 215], ['4:40', 1], ['4:41', 2]]), {
    host: undefined,
  }),
  answersRig('jk_pb', jkPbUnit(recordedState('charging')).answer),
  answersRig('seplos_v3', seplosV3Unit(2).answer, { unit: 2 }),
  slcanRig('can_pack', packs),
  slcanRig('foxbms', ['foxbms-2-bench'], { release: 'v1.7', cells: 12, sensors: 12 }),
  chipRig('ina219', () => simulatedIna219(steady)),
  chipRig('ina226', () => simulatedIna226(steady)),
  chipRig('ina228', ({ clock }) => simulatedIna228(steady, clock), ['energy_in', 'energy_out', 'charge_in', 'charge_out']),
  chipRig('ina3221', ({ clock }) => simulatedIna3221([steady, steady, steady], clock)),
  chipRig('lm75', () => simulatedLm75('tmp102', () => 21.5)),
  chipRig('ntc', ({ clock }) =>
    simulatedAds1115(
      Array.from({ length: 4 }, () => () => 1.65),
      clock,
    ),
  ),
  filesRig(
    'ds18b20',
    'CRC of 8 bits, twice in the text',
    () => new Map([[`${probe.directory}/${probe.sensor}/w1_slave`, () => w1Slave(21.5)]]),
    [],
  ),
  filesRig(
    'host',
    'none: text of the kernel',
    ({ clock }) => simulatedHost({ celsius: () => 48, busy: 0.25, lowSupply: () => false }, clock),
    ['uptime', 'cpu_usage'],
  ),
  ...[mqtt, pulse],
];
