import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createAjv } from '../../src/config/validators.ts';
import { rawOf, scaledValue, type WordType } from '../../src/drivers/lib/registers.ts';
import { modbus } from '../../src/drivers/modbus.ts';
import { ConfigError, type Value } from '../../src/model.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { type SimulatedUnit, simulatedModbus } from '../../src/ports/sim/modbus.ts';
import type { Ports } from '../../src/ports/types.ts';
import { recordedRegisters, unitOf } from './epever-unit.ts';

type Options = Parameters<typeof modbus.describe>[0];
const ajv = createAjv();
const validate = ajv.compile(modbus.options);
/** Options as a file gives them: checked, defaults filled. */
function optionsOf(yaml: string): Options {
  const raw: unknown = { transport: 'rtu', port: '/dev/rs485', ...parse(yaml) };
  if (!validate(raw)) throw new Error(ajv.errorsText(validate.errors));
  return raw as Options;
}

function device(yaml: string, unit: SimulatedUnit | undefined) {
  const options = optionsOf(yaml);
  const clock = virtualClock();
  const bus = simulatedModbus(clock);
  const port = bus.port('/dev/rs485');
  if (unit !== undefined) port.units.set(options.unit, unit);
  const controller = new AbortController();
  const seen: Record<string, Value>[] = [];
  const running = (async () => {
    for await (const values of modbus.read({ options, ports: { modbus: bus } as unknown as Ports, clock, signal: controller.signal }))
      seen.push(values as Record<string, Value>);
  })();
  running.catch(() => undefined);
  return { clock, port, seen, controller, running, options };
}

/** A Tracer 2215BN, described by hand. */
const TRACER = `
registers:
  - {key: pv_voltage, name: PV voltage, kind: input, address: 0x3100, type: u16, scale: 0.01, quantity: voltage, decimals: 2}
  - {key: temperature, name: Temperature, kind: input, address: 0x3110, type: i16, scale: 0.01, quantity: temperature}
  - {key: net_current, name: Net current, kind: input, address: 0x331B, type: i32, word_order: low-first, scale: 0.01, quantity: current}
  - {key: produced, name: Produced, kind: input, address: 0x3312, type: u32, word_order: low-first, scale: 10, quantity: energy, total: true}
  - {key: today, name: Produced today, kind: input, address: 0x330C, type: u32, word_order: low-first, scale: 10, quantity: energy}
  - {key: load_on, name: Load, kind: input, address: 0x3202, bit: 0, quantity: flag}
  - {key: hot, name: Too hot, kind: discrete, address: 0x2000, quantity: problem}
  - {key: float, name: Float voltage, kind: holding, address: 0x9008, type: u16, scale: 0.01, quantity: voltage}
  - {key: lost, name: Not there, kind: input, address: 0x4000, type: u16, quantity: count}
`;

describe('a table of registers', () => {
  test('reads recorded registers, leaves out what is refused and counts it', async () => {
    const { clock, seen, controller, port } = device(TRACER, unitOf(recordedRegisters('tracer2215bn-monitor')));
    await clock.advance(2_000);
    expect(seen[0]).toEqual({
      pv_voltage: 1.97,
      temperature: 25,
      net_current: -0.03,
      produced: 1030,
      today: 0,
      load_on: true,
      hot: false,
      float: 13.8,
      refused_registers: 1,
    });
    controller.abort(new Error('stop'));
    await clock.advance(0);
    expect(port.opened).toBeUndefined();
  });

  test('declares what it offers before it is read', () => {
    const { entities, periodMs } = modbus.describe(optionsOf(TRACER));
    expect(periodMs).toBe(10_000);
    expect(entities.produced).toEqual({
      name: { en: 'Produced', fr: 'Produced' },
      quantity: 'energy',
      total: { from: 'index', maxPerHour: 100_000 },
    });
    // A counter that starts again every day is kept out of statistics.
    expect(entities.today).toMatchObject({ quantity: 'energy', setting: true });
    expect(entities.hot).toMatchObject({ quantity: 'problem' });
  });

  test('neighbours are read together, within max_block, over gaps of max_gap', async () => {
    const table = (more: string): string => `${more}
registers:
${[0, 1, 2, 6, 8, 20].map((a) => `  - {key: r${a}, name: R, kind: holding, address: ${a}, type: u16, quantity: count}`).join('\n')}`;
    const asked = async (more: string): Promise<(readonly number[])[]> => {
      const { clock, port } = device(table(more), { read: (_, address) => address });
      await clock.advance(1_000);
      return port.requests.map(([, , address, count]) => [address, count]);
    };
    expect(await asked('')).toEqual([
      [0, 3],
      [6, 1],
      [8, 1],
      [20, 1],
    ]);
    expect(await asked('max_gap: 3')).toEqual([
      [0, 9],
      [20, 1],
    ]);
    expect(await asked('max_gap: 3\nmax_block: 2')).toEqual([
      [0, 2],
      [2, 1],
      [6, 1],
      [8, 1],
      [20, 1],
    ]);
  });

  test('values out of bounds are unknown', async () => {
    const yaml = `
registers:
  - {key: a, name: A, kind: holding, address: 0, type: i16, quantity: temperature, min: -40, max: 90}
  - {key: b, name: B, kind: holding, address: 1, type: f32, quantity: power}`;
    const { clock, seen } = device(yaml, { read: (_, address) => [0x8000, 0x7fc0, 0][address] });
    await clock.advance(1_000);
    expect(seen[0]).toEqual({ a: null, b: null, refused_registers: 0 });
  });

  test('a unit that refuses all, and one that is silent, end the reading', async () => {
    const refusing = device(TRACER, { read: () => undefined });
    await refusing.clock.advance(5_000);
    await expect(refusing.running).rejects.toThrow(/refuses all registers/);
    const silent = device(TRACER, undefined);
    await silent.clock.advance(5_000);
    await expect(silent.running).rejects.toMatchObject({ fault: 'timeout' });
  });
});

describe('numbers', () => {
  test.each([
    ['u16', [0xffff], 65_535],
    ['i16', [0xffff], -1],
    ['u32', [0x0001, 0x0002], 65_538],
    ['i32', [0xffff, 0xfffe], -2],
    // The examples of the Eastron protocol document.
    ['f32', [0x4366, 0x3334], 230.2000122],
    ['f32', [0x436b, 0x580e], 235.3439636],
    ['u64', [0, 1, 0, 0], 4_294_967_296],
    ['u64', [0xffff, 0xffff, 0xffff, 0xffff], null],
    ['f32', [0x7f80, 0], null],
    ['f32', [0x7fc0, 0], null],
    ['u32', [1], null],
  ] as const)('%s of %j', (type, words, value) => {
    const raw = rawOf(words, { type, order: 'high-first' });
    if (value === null) expect(raw).toBeNull();
    else expect(raw).toBeCloseTo(value, 6);
    expect(rawOf(words.toReversed(), { type, order: 'low-first' })).toBe(raw);
  });
  test('whatever the words, a value is finite or unknown', () => {
    const types: readonly WordType[] = ['u16', 'i16', 'u32', 'i32', 'f32', 'u64'];
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 4 }),
        fc.double({ noNaN: true }),
        (type, words, scale) => {
          const bounds = { offset: 0, min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
          const value = scaledValue(words, { kind: 'input', address: 0, type, order: 'high-first', scale, ...bounds });
          if (value !== null) expect(Number.isFinite(value)).toBe(true);
        },
      ),
    );
  });
});

describe('a table that contradicts itself is refused', () => {
  const line = (more: string): string => `registers:\n  - {key: a, name: A, kind: holding, address: 0, ${more}}`;
  test.each([
    [line('quantity: power'), 'registers[0].type'],
    [line('type: u16, bit: 1, quantity: flag'), 'registers[0].bit'],
    [line('bit: 1, quantity: power'), 'registers[0].quantity'],
    [line('type: u16, quantity: problem'), 'registers[0].quantity'],
    [line('type: u16, quantity: power, total: true'), 'registers[0].total'],
    [line('type: u16, quantity: power, min: 5, max: 1'), 'registers[0].min'],
    [line('type: u16, quantity: power').replace('address: 0', 'address: 65535').replace('u16', 'u32'), 'registers[0].address'],
    [line('type: u16, quantity: flag').replace('holding', 'coil'), 'registers[0].type'],
    [line('bit: 2, quantity: flag').replace('holding', 'discrete'), 'registers[0].bit'],
    [line('quantity: power').replace('holding', 'coil'), 'registers[0].quantity'],
    [line('type: u16, quantity: power').replace('key: a', 'key: refused_registers'), 'registers[0].key'],
    [
      `${line('type: u16, quantity: power')}\n  - {key: a, name: B, kind: input, address: 1, type: u16, quantity: power}`,
      'registers[1].key',
    ],
  ])('%s', async (yaml, field) => {
    const { clock, running } = device(yaml, { read: () => 1 });
    await clock.advance(1_000);
    await expect(running).rejects.toBeInstanceOf(ConfigError);
    await expect(running).rejects.toMatchObject({ field });
  });
  test.each([
    'registers: []',
    'registers:\n  - {key: A, name: A, kind: holding, address: 0, type: u16, quantity: power}',
    'registers:\n  - {key: a, name: A, kind: holding, address: 70000, type: u16, quantity: power}',
    'registers:\n  - {key: a, name: A, kind: holding, address: 0, type: u128, quantity: power}',
    'registers:\n  - {key: a, name: A, kind: holding, address: 0, type: u16, quantity: text}',
    'registers:\n  - {key: a, name: A, kind: holding, address: 0, type: u16, quantity: power, write: true}',
  ])('by its schema: %s', (yaml) => expect(() => optionsOf(yaml)).toThrow());
});
