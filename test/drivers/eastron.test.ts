import { describe, expect, test } from 'vitest';
import { sdm120, sdm630 } from '../../src/drivers/eastron.ts';
import type { Value } from '../../src/model.ts';
import { kernelModbus } from '../../src/ports/modbus.ts';
import type { ModbusPorts } from '../../src/ports/modbus-types.ts';
import { type VirtualClock, virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedModbus } from '../../src/ports/sim/modbus.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import type { Ports } from '../../src/ports/types.ts';
import { hex, SDM120_RECORDED, SDM230_RECORDED, SDM630_RECORDED, wordsFrom } from './eastron-recorded.ts';
import { withChecksum, wordsFrame } from './modbus-frames.ts';

const PORT = '/dev/serial/by-id/usb-rs485';
const OPTIONS = {
  transport: 'rtu' as const,
  port: PORT,
  baud_rate: 9_600,
  parity: 'none' as const,
  stop_bits: 1 as const,
  tcp_port: 502,
  unit: 1,
  timeout_ms: 1_000,
  period_s: 5,
};

function run(driver: typeof sdm120, modbus: ModbusPorts, clock: VirtualClock) {
  const controller = new AbortController();
  const seen: Record<string, Value>[] = [];
  const running = (async () => {
    for await (const values of driver.read({ options: OPTIONS, ports: { modbus } as unknown as Ports, clock, signal: controller.signal }))
      seen.push(values as Record<string, Value>);
  })();
  running.catch(() => undefined);
  return { seen, running, controller };
}
async function firstReading(driver: typeof sdm120, words: ReadonlyMap<number, number>): Promise<Record<string, Value>> {
  const clock = virtualClock();
  const modbus = simulatedModbus(clock);
  modbus.port(PORT).units.set(1, { read: (code, address) => (code === 4 ? words.get(address) : undefined) });
  const { seen, controller } = run(driver, modbus, clock);
  await clock.advance(4_000);
  controller.abort(new Error('stop'));
  return seen[0] ?? {};
}

const rounded = (values: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'number' ? Number(value.toFixed(3)) : value]));

describe('recorded meters', () => {
  test('SDM630, one phase loaded', async () => {
    const values = await firstReading(sdm630, SDM630_RECORDED);
    expect(rounded(values)).toEqual({
      voltage_l1: 228.73,
      voltage_l2: 222.941,
      voltage_l3: 224.25,
      current_l1: 0,
      current_l2: 1.444,
      current_l3: 0.241,
      power_l1: 0,
      power_l2: 277.025,
      power_l3: 0,
      refused_registers: 12,
    });
    // The recording proves itself: apparent² = active² + reactive² on L2.
    expect(Math.hypot(277.025, 156.0471)).toBeCloseTo(317.952, 1);
  });

  test('SDM120, every register of its table but the means', async () => {
    const words = new Map<number, number>();
    for (const [address, text] of SDM120_RECORDED) {
      const frame = hex(text);
      expect(withChecksum(frame.subarray(0, -2))).toEqual(frame);
      for (const [at, word] of wordsFrom(address, frame.subarray(3, 7).toString('hex'))) words.set(at, word);
    }
    expect(rounded(await firstReading(sdm120, words))).toEqual({
      voltage: 235.4,
      current: 3.156,
      power: 697.4,
      apparent_power: 719.078,
      power_factor: 98.5,
      frequency: 50,
      energy_imported: 15_117_433,
      energy_exported: 304_273.01,
      reactive_energy_imported: 5_975_312,
      reactive_energy_exported: 781_426.03,
      energy_total: 15_421_706,
      refused_registers: 2,
    });
  });

  test('SDM230: what the other program printed', async () => {
    const values = await firstReading(sdm120, SDM230_RECORDED);
    expect(values.voltage).toBeCloseTo(236.494, 3);
    expect(values.current).toBeCloseTo(0.125, 3);
    expect(values.power).toBeCloseTo(20.887, 3);
    expect(values.apparent_power).toBeCloseTo(22.776, 3);
    expect(values.power_factor).toBeCloseTo(91.7, 1);
    expect(values.frequency).toBe(50);
    expect(values).not.toHaveProperty('energy_imported');
  });

  // Frames with their checksums. SDM630: mbmd issue 63, which also prints 231.68 V; SDM72 (same map): arendst/Tasmota issue 23775
  // with printed values; SDM230: syssi/esphome-solax-x1-mini issue 20; SDM120: example of the maker's protocol document.
  test.each([
    [sdm630, 0x00, '01040443 67af55 e210', 'voltage_l1', 231.68],
    [sdm630, 0x08, '01040440 88fa31 ed1a', 'current_l2', 4.28],
    [sdm630, 0x08, '02040440 8b6a89 4268', 'current_l2', 4.36],
    [sdm630, 0x00, '010404 436b55e0 a104', 'voltage_l1', 235.3354],
    [sdm630, 0x02, '010404 436a7040 ea2c', 'voltage_l2', 234.4385],
    [sdm630, 0x04, '010404 436b9056 73e2', 'voltage_l3', 235.5638],
    [sdm120, 0x48, '010404 462a7521 298c', 'energy_imported', 10_909_280],
    [sdm120, 0x0c, '010404 458e3c35 5fb4', 'power', 4551.53],
    [sdm120, 0x00, '010404 43663334 1b38', 'voltage', 230.2],
  ])('%# register 0x%i', async (driver, address, text, key, value) => {
    const frame = hex(text);
    expect(withChecksum(frame.subarray(0, -2))).toEqual(frame);
    const values = await firstReading(driver, wordsFrom(address, frame.subarray(3, 7).toString('hex')));
    expect(values[key]).toBeCloseTo(value, value > 10_000 ? -1 : 2);
  });

  test('through real frames on a serial line', async () => {
    const clock = virtualClock();
    const serial = simulatedSerial();
    const wire = serial.wire(PORT);
    const { seen, controller, running } = run(sdm630, kernelModbus(serial, clock), clock);
    for (let answered = 0; seen.length === 0 && answered < 100; ) {
      await clock.advance(50);
      const question = wire.written[answered];
      if (question === undefined) continue;
      answered += 1;
      const asked = Buffer.from(question);
      const words = Array.from({ length: asked.readUInt16BE(4) }, (_, i) => SDM630_RECORDED.get(asked.readUInt16BE(2) + i));
      const refused = words.includes(undefined);
      wire.send(refused ? withChecksum(Buffer.from([1, 0x84, 2])) : wordsFrame(1, 4, words as number[]), 9_600);
    }
    expect(seen[0]).toMatchObject({ power_l2: expect.closeTo(277.025, 3), refused_registers: 12 });
    controller.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
    expect(wire.opened).toBeUndefined();
  });
});

describe('tables', () => {
  test.each([sdm120, sdm630])('no register overlaps another, and no question is longer than the meters allow', async (driver) => {
    const clock = virtualClock();
    const modbus = simulatedModbus(clock);
    const port = modbus.port(PORT);
    port.units.set(1, { read: () => 0x4248, maxCount: 80 });
    const { controller } = run(driver, modbus, clock);
    await clock.advance(2_000);
    controller.abort(new Error('stop'));
    expect(port.requests.every(([, code, , count]) => code === 4 && count <= 40 && count % 2 === 0)).toBe(true);
    expect(port.requests.length).toBeLessThan(8);
  });
  test('what cannot be is unknown', async () => {
    const values = await firstReading(
      sdm120,
      new Map([...wordsFrom(0, '7fc00000'), ...wordsFrom(6, '7f800000'), ...wordsFrom(0x46, '00000000')]),
    );
    expect(values).toEqual({ voltage: null, current: null, frequency: null, refused_registers: 10 });
  });
  test('energies are totals in Wh', () => {
    const { entities } = sdm630.describe(OPTIONS);
    expect(entities.energy_imported).toMatchObject({ quantity: 'energy', total: { from: 'index' } });
    expect(entities.energy_exported).toMatchObject({ quantity: 'energy', total: { from: 'index' } });
  });
  test('an absent meter, and one that goes away, say so', async () => {
    const clock = virtualClock();
    const modbus = simulatedModbus(clock);
    const port = modbus.port(PORT);
    port.units.set(1, { read: () => 0x4248 });
    const { running, seen } = run(sdm120, modbus, clock);
    await clock.advance(4_000);
    port.units.clear();
    await clock.advance(10_000);
    await expect(running).rejects.toMatchObject({ fault: 'timeout' });
    expect(seen).toHaveLength(1);
  });
});
