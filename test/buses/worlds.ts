/** One world for each bus: devices that talk, one that is silent, and the ways in which the bus can fail. */
import { readFileSync } from 'node:fs';
import { canPack } from '../../src/drivers/can-pack.ts';
import { daly } from '../../src/drivers/daly.ts';
import { sdm120 } from '../../src/drivers/eastron.ts';
import { vedirect } from '../../src/drivers/vedirect.ts';
import { kernelCan } from '../../src/ports/can.ts';
import { kernelModbus } from '../../src/ports/modbus.ts';
import { sharedSerial } from '../../src/ports/serial-shared.ts';
import { simulatedCan } from '../../src/ports/sim/can.ts';
import type { VirtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedModbus } from '../../src/ports/sim/modbus.ts';
import { recorded } from '../drivers/candump.ts';
import { hex, SDM120_RECORDED, wordsFrom } from '../drivers/eastron-recorded.ts';
import { answerOf, type Recorded } from '../drivers/epever-unit.ts';
import { withChecksum } from '../drivers/modbus-frames.ts';
import { dalyRecording } from './daly-recording.ts';
import { LASTING, serialFar } from './far-end.ts';
import { i2cWorld, mqttWorld, oneWireWorld } from './quiet-worlds.ts';
import { TALKING, type World } from './world.ts';

function dalyWorld(clock: VirtualClock): World {
  const far = serialFar(clock, (request, conduct) => {
    const unit = (request[1] ?? 0) - 0x3f;
    if (!TALKING.has(unit)) return undefined;
    return dalyRecording(request[2] ?? 0, conduct === 'wrong unit' ? unit + 4 : unit);
  });
  return {
    ...{ driver: daly, hasSilent: true, ...losing(far), ports: { serialLines: sharedSerial(far.serial, clock) } },
    options: (unit) => ({ port: LASTING, unit, baud_rate: 9600, period_s: 5 }),
  };
}
function losing(far: ReturnType<typeof serialFar>) {
  return {
    gone: () => void (far.conduct = 'half and gone'),
    back: () => far.replug(),
    wrongUnit: (on: boolean) => void (far.conduct = on ? 'wrong unit' : 'sound'),
  };
}

const words: Recorded = new Map(
  SDM120_RECORDED.flatMap(([at, text]) => [...wordsFrom(at, hex(text).subarray(3, 7).toString('hex'))]).map(([at, word]) => [
    `4:${at}`,
    word,
  ]),
);
const meter = (unit: number, transport: 'rtu' | 'tcp'): object => ({
  ...(transport === 'rtu' ? { port: LASTING } : { host: '192.168.1.40' }),
  ...{ transport, baud_rate: 9600, parity: 'none', stop_bits: 1, tcp_port: 502, unit, timeout_ms: 1000, period_s: 10 },
});
function rtuWorld(clock: VirtualClock): World {
  const state = { refusing: false };
  const far = serialFar(clock, (request, conduct) => {
    const [unit = 0, code = 0] = request;
    if (!TALKING.has(unit)) return undefined;
    if (state.refusing) return withChecksum(Uint8Array.of(unit, code | 0x80, 4));
    const answer = answerOf(request, words);
    return conduct === 'wrong unit' ? withChecksum(Uint8Array.of(unit + 4, ...answer.subarray(1, -2))) : answer;
  });
  return {
    ...{ driver: sdm120, hasSilent: true, ...losing(far), ports: { modbus: kernelModbus(far.serial, clock) } },
    options: (unit) => meter(unit, 'rtu'),
    refuse: (on) => void (state.refusing = on),
  };
}
function tcpWorld(clock: VirtualClock): World {
  const modbus = simulatedModbus(clock);
  const port = modbus.port('192.168.1.40:502');
  const state = { refusing: false };
  for (const unit of TALKING)
    port.units.set(unit, { read: (code, address) => (state.refusing ? undefined : words.get(`${code}:${address}`)) });
  return {
    ...{ driver: sdm120, hasSilent: true, ports: { modbus } },
    options: (unit) => meter(unit, 'tcp'),
    gone: () => port.unplug(),
    back: () => port.plug(),
    refuse: (on) => void (state.refusing = on),
  };
}

function vedirectWorld(clock: VirtualClock): World {
  const far = serialFar(clock, () => undefined);
  const [block = ''] = readFileSync('test/fixtures/vedirect/smartsolar.ve', 'latin1').match(/\r\n[\s\S]*?\r\nChecksum\t[\s\S]/) ?? [];
  const talk = (): void => {
    far.send(Buffer.from(block, 'latin1'));
    clock.after(1000, talk);
  };
  talk();
  const { gone, back } = losing(far);
  return { driver: vedirect, hasSilent: false, ports: { serial: far.serial }, options: () => ({ port: LASTING }), gone, back };
}

const frames = recorded('pylontech-us5000-4');
const canOptions = (port: string): object => ({ port, bitrate: 500_000, silent: true, period_s: 1 });
function slcanWorld(clock: VirtualClock): World {
  const far = serialFar(clock, () => undefined);
  const text = frames.map(({ id, data }) => `t${id.toString(16)}${data.length}${Buffer.from(data).toString('hex')}\r`).join('');
  const talk = (): void => {
    far.send(Buffer.from(text, 'latin1'));
    clock.after(1000, talk);
  };
  talk();
  const { gone, back } = losing(far);
  const ports = { can: kernelCan({ serial: far.serial, clock }) };
  return { driver: canPack, hasSilent: false, ports, options: () => canOptions(LASTING), gone, back };
}
function canWorld(clock: VirtualClock): World {
  const can = simulatedCan(clock);
  const bus = can.bus('can0');
  const state = { as: 0 };
  const talk = (): void => {
    for (const { id, data } of frames) bus.send(id + state.as, data);
    clock.after(1000, talk);
  };
  talk();
  return {
    ...{ driver: canPack, hasSilent: false, ports: { can }, options: () => canOptions('can0') },
    gone: () => bus.down(),
    back: () => bus.up(),
    wrongUnit: (on) => void (state.as = on ? 0x100 : 0),
  };
}

export const WORLDS: Readonly<Record<string, (clock: VirtualClock) => World>> = {
  'BMS on a shared serial line': dalyWorld,
  'Modbus RTU': rtuWorld,
  'Modbus TCP': tcpWorld,
  'VE.Direct': vedirectWorld,
  'CAN, SLCAN adapter': slcanWorld,
  'CAN, network interface': canWorld,
  I2C: i2cWorld,
  '1-Wire': oneWireWorld,
  'MQTT source': mqttWorld,
};
