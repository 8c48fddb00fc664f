/** Modbus TCP through the faults of networks, over real sockets: devices under supervision, their time moved, the network's own not. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sdm120 } from '../../src/drivers/eastron.ts';
import { kernelModbus } from '../../src/ports/modbus.ts';
import { type VirtualClock, virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import { type Watched, watched } from './far-end.ts';
import { type TcpConduct, type TcpGateway, tcpGateway, WORDS } from './tcp-gateway.ts';

/** Time moves by this much for each turn of the real event loop, in which the sockets of this machine do their work. */
const STEP_MS = 40;
const LIMIT_STEPS = 30_000;
const SOUND = { voltage: 235.4, power: 697.4, frequency: 50 };

let gateway: TcpGateway;
let clock: VirtualClock;
let controller: AbortController;
// Loaded at first use otherwise, for which moved time does not wait.
beforeAll(() => import('modbus-serial'));
beforeEach(async () => {
  gateway = await tcpGateway();
  clock = virtualClock();
  controller = new AbortController();
});
afterEach(async () => {
  controller.abort(new Error('stop'));
  await clock.advance(10);
  await gateway.down();
});

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let step = 0; step < LIMIT_STEPS; step += 1) {
    if (isTrue()) return;
    await clock.advance(STEP_MS);
    await turn();
  }
  throw new Error(`in vain: ${what}`);
}
const passing = (ms: number): Promise<void> => {
  const end = clock.monotonicMs() + ms;
  return until(`${ms} ms`, () => clock.monotonicMs() >= end);
};
function devices(): readonly [Watched, Watched] {
  const modbus = kernelModbus(simulatedSerial(), clock);
  const { host, port } = gateway;
  const settings = { transport: 'tcp', host, tcp_port: port, baud_rate: 9600, parity: 'none', stop_bits: 1, timeout_ms: 2000, period_s: 2 };
  const device = (unit: number): Watched => watched(sdm120, { ...settings, unit }, { modbus }, clock, controller.signal);
  return [device(1), device(2)];
}
const readingOf = ({ values }: Watched): object => values.at(-1) ?? {};
const everythingSound = (each: Watched): void => {
  for (const values of each.values) expect(values).toMatchObject({ voltage: expect.closeTo(235.4, 1), power: expect.closeTo(697.4, 1) });
};
const setAll = (conduct: TcpConduct): void => {
  for (const unit of [1, 2]) gateway.conducts.set(unit, conduct);
};

test('two units behind one gateway share a connection; an answer in pieces is one', async () => {
  setAll('in pieces');
  const both = devices();
  await until('readings', () => both.every(({ values }) => values.length >= 5));
  for (const each of both) {
    expect(readingOf(each)).toMatchObject({ voltage: expect.closeTo(SOUND.voltage, 1), frequency: SOUND.frequency });
    expect(each.problems).toEqual([]);
  }
  expect([gateway.open, gateway.accepted]).toEqual([1, 1]);
});

test('an answer that comes too late is not taken for the next one', async () => {
  const bus = await kernelModbus(simulatedSerial(), clock).open(
    { transport: 'tcp', host: gateway.host, port: gateway.port },
    controller.signal,
  );
  gateway.conducts.set(1, 'late');
  const told: unknown[] = [];
  const asked = (address: number): void =>
    void bus.readInput({ unit: 1, timeoutMs: 2000 }, address, 2).then(
      (words) => told.push(words),
      (error: { fault: string }) => told.push(error.fault),
    );
  asked(0x00);
  await until('silence', () => told.length === 1);
  asked(0x0c);
  await until('an answer', () => told.length === 2);
  expect(told).toEqual(['timeout', [WORDS.get('4:12'), WORDS.get('4:13')]]);
  await bus[Symbol.asyncDispose]();
});

const FAULTS: readonly (readonly [TcpConduct, RegExp])[] = [
  ['reset in mid-frame', /closed|ECONNRESET/],
  ['ended in mid-frame', /closed/],
  ['silent', /no answer from unit/],
  ['half and no more', /no answer from unit/],
  ['wrong unit', /damaged answer from unit .* got \d/],
  ['wrong transaction', /no answer from unit/],
  ['refusing', /refuses \(exception 4\)/],
];
describe('a gateway that is at fault says so, gives no value, and is read again when it is sound', () => {
  test.each(FAULTS)('%s', async (conduct, problem) => {
    const both = devices();
    await until('readings', () => both.every(({ values }) => values.length >= 2));
    const keys = both.map((each) => Object.keys(readingOf(each)));
    setAll(conduct);
    await until('both say so', () => both.every(({ problems }) => problems.some((said) => problem.test(said))));
    const counts = both.map(({ values }) => values.length);
    await passing(20_000);
    expect(both.map(({ values }) => values.length)).toEqual(counts);
    setAll('sound');
    await until('recovery', () => both.every(({ problems }) => problems.at(-1) === 'recovered'));
    await until('one connection', () => gateway.open === 1);
    expect(both.map((each) => Object.keys(readingOf(each)))).toEqual(keys);
    both.forEach(everythingSound);
  });
});

describe('a unit that is at fault takes nothing from the other one behind the gateway', () => {
  test.each(FAULTS.flatMap(([conduct, problem]) => [1, 2].map((unit) => [conduct, unit, problem] as const)))(
    '%s, unit %i',
    async (conduct, unit, problem) => {
      const both = devices();
      const [faulty, other] = unit === 1 ? both : [both[1], both[0]];
      await until('readings', () => both.every(({ values }) => values.length >= 2));
      gateway.conducts.set(unit, conduct);
      await until('it says so', () => faulty.problems.some((said) => problem.test(said)));
      const [before, lost] = [other.values.length, faulty.values.length];
      await passing(20_000);
      expect(faulty.values.length).toBe(lost);
      everythingSound(other);
      expect(other.values.length - before).toBeGreaterThanOrEqual(4);
    },
  );
});

test('gone for a while and back on the same port', async () => {
  const both = devices();
  await until('readings', () => both.every(({ values }) => values.length >= 2));
  await gateway.down();
  await until('both say so', () => both.every(({ problems }) => problems.some((said) => /ECONNREFUSED/.test(said))));
  const counts = both.map(({ values }) => values.length);
  await passing(90_000);
  expect(both.map(({ values }) => values.length)).toEqual(counts);
  await gateway.up();
  await until('recovery', () => both.every(({ problems }) => problems.at(-1) === 'recovered'));
  await until('one connection', () => gateway.open === 1);
  both.forEach(everythingSound);
});
