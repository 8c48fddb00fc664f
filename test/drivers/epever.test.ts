import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, epever } from '../../src/drivers/epever.ts';
import { LIVE, SLOW } from '../../src/drivers/lib/epever-map.ts';
import { wordsOf } from '../../src/drivers/lib/registers.ts';
import { ConfigError, type Value } from '../../src/model.ts';
import { kernelModbus } from '../../src/ports/modbus.ts';
import type { ModbusPorts } from '../../src/ports/modbus-types.ts';
import { type VirtualClock, virtualClock } from '../../src/ports/sim/clock.ts';
import { type SimulatedUnit, simulatedModbus } from '../../src/ports/sim/modbus.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import type { Ports } from '../../src/ports/types.ts';
import { answerOf, recordedRegisters, unitOf } from './epever-unit.ts';

const PORT = '/dev/serial/by-id/usb-EPEver';
const OPTIONS = {
  transport: 'rtu' as const,
  port: PORT,
  baud_rate: 115_200,
  parity: 'none' as const,
  stop_bits: 1 as const,
  tcp_port: 502,
  unit: 1,
  timeout_ms: 1_000,
  period_s: 10,
};

function read(clock: VirtualClock, modbus: ModbusPorts, options: Partial<Parameters<typeof epever.describe>[0]> = {}) {
  const controller = new AbortController();
  const seen: Record<string, Value>[] = [];
  const running = (async () => {
    const ports = { modbus } as unknown as Ports;
    for await (const values of epever.read({ options: { ...OPTIONS, ...options }, ports, clock, signal: controller.signal }))
      seen.push(values as Record<string, Value>);
  })();
  running.catch(() => undefined);
  return { seen, controller, running };
}
function controllerOn(unit: SimulatedUnit | undefined) {
  const clock = virtualClock();
  const modbus = simulatedModbus(clock);
  const port = modbus.port(PORT);
  if (unit !== undefined) port.units.set(1, unit);
  return { clock, port, ...read(clock, modbus) };
}

describe('recorded controllers', () => {
  test('a Tracer 2215BN in the evening, as its own program saw it', async () => {
    const { clock, seen } = controllerOn(unitOf(recordedRegisters('tracer2215bn-monitor')));
    await clock.advance(5_000);
    expect(seen[0]).toMatchObject({
      pv_voltage: 1.97,
      pv_current: 0,
      pv_power: 0,
      battery_voltage: 12.76,
      battery_current: -0.03,
      battery_power: -0.38,
      charge_current: 0,
      load_voltage: 12.75,
      load_current: 0.03,
      load_power: 0.38,
      battery_temperature: 25,
      device_temperature: 27.04,
      power_stage_temperature: 27.04,
      state_of_charge: 48,
      charging_stage: 'off',
      charging: true,
      load_on: true,
      over_temperature: false,
      battery_over_discharged: false,
      overload: false,
      battery_voltage_max_today: 12.76,
      battery_voltage_min_today: 12.74,
      energy_consumed: 660,
      energy_consumed_today: 0,
      energy_generated: 1030,
      energy_generated_year: 1030,
      system_voltage: 12,
      rated_charge_current: 20,
      rated_load_current: 20,
      battery_type: 'sealed',
      battery_capacity: 200,
      set_over_voltage_disconnect: 16,
      set_boost: 14.4,
      set_float: 13.8,
      set_low_voltage_disconnect: 11.1,
      set_discharge_limit: 10.6,
    });
    // What the controller was never asked for in the recording is refused here: no key, and surely no zero.
    for (const key of ['night', 'pv_voltage_max_today', 'rated_pv_power']) expect(seen[0]).not.toHaveProperty(key);
  });

  test('the same one another day, with half-refused blocks and a torn current', async () => {
    const { clock, seen } = controllerOn(unitOf(recordedRegisters('tracer2215bn')));
    await clock.advance(20_000);
    expect(seen[0]).toMatchObject({
      pv_voltage: 1.97,
      load_voltage: 12.95,
      state_of_charge: 70,
      battery_temperature: 25,
      device_temperature: 28.89,
      night: true,
      over_temperature: false,
      pv_voltage_max_today: 2.04,
      battery_voltage_max_today: 12.98,
      energy_consumed_month: 20,
      energy_consumed: 1620,
      energy_generated: 2780,
      rated_pv_voltage: 150,
      rated_pv_current: 20,
      rated_pv_power: 520,
      rated_charge_current: 20,
      battery_type: 'sealed',
      battery_capacity: 100,
      set_equalise: 14.6,
    });
    // 0x331B and 0x331C were asked for one after the other: 0000 and FFFF are -655.36 A, which nobody measured.
    expect(seen[0]).toMatchObject({ battery_voltage: 12.96, battery_current: null, battery_power: null });
    // 0x3202 was not recorded: the load output is unknown, not off.
    expect(seen[0]).not.toHaveProperty('load_on');
    expect(seen[0]).toMatchObject({ charging_stage: 'off', battery_over_voltage: false });
  });

  test('through real frames on a serial line', async () => {
    const words = recordedRegisters('tracer2215bn-monitor');
    const clock = virtualClock();
    const serial = simulatedSerial();
    const wire = serial.wire(PORT);
    const { seen, controller, running } = read(clock, kernelModbus(serial, clock));
    for (let answered = 0; seen.length === 0; ) {
      await clock.advance(50);
      const question = wire.written[answered];
      if (question === undefined) continue;
      answered += 1;
      wire.send(answerOf(Buffer.from(question), words), 115_200);
      expect(answered).toBeLessThan(200);
    }
    expect(seen[0]).toMatchObject({ battery_voltage: 12.76, battery_current: -0.03, energy_generated: 1030, load_on: true });
    controller.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
    expect(wire.opened).toBeUndefined();
  });
});

describe('learning what a controller refuses', () => {
  test('it is asked once, and no more until the port is opened again', async () => {
    const words = recordedRegisters('tracer2215bn');
    const { clock, port, seen } = controllerOn(unitOf(words));
    await clock.advance(20_000);
    const first = port.requests.length;
    expect(seen).toHaveLength(2);
    await clock.advance(60_000);
    const refused = port.requests.slice(first).filter(([, code, address, count]) => {
      return Array.from({ length: count }, (_, i) => words.has(`${code}:${address + i}`)).includes(false);
    });
    expect(refused).toEqual([]);
    expect(port.requests.length).toBeGreaterThan(first + 20);
    // Nothing is ever written, and the coils for the factory settings and the counters are not even read.
    expect(port.requests.filter(([, code]) => ![2, 3, 4].includes(code))).toEqual([]);
  });

  test('without net registers the battery is what charge and load leave (Tracer 3210A)', async () => {
    const words = recordedRegisters('tracer2215bn-monitor');
    for (const address of [0x331a, 0x331b, 0x331c, 0x3112]) words.delete(`4:${address}`);
    const { clock, seen } = controllerOn(unitOf(words));
    await clock.advance(5_000);
    expect(seen[0]).toMatchObject({ battery_voltage: 12.75, battery_current: -0.03, battery_power: -0.38, device_temperature: 27.04 });
    expect(seen[0]).not.toHaveProperty('power_stage_temperature');
  });

  test('a unit that refuses everything is no such controller', async () => {
    const { clock, running } = controllerOn({ read: () => undefined });
    await clock.advance(60_000);
    await expect(running).rejects.toThrow(/refuses all registers/);
  });

  test('a unit whose maximum is shorter than a block is asked in halves', async () => {
    const { clock, seen } = controllerOn({ ...unitOf(recordedRegisters('tracer2215bn-monitor')), maxCount: 4 });
    await clock.advance(9_000);
    expect(seen[0]).toMatchObject({ pv_voltage: 1.97, battery_current: -0.03, energy_generated: 1030 });
  });
});

describe('words', () => {
  const fields = [...LIVE, ...SLOW];
  const values = (words: Readonly<Record<string, readonly number[]>>): Record<string, Value> =>
    decode(new Map(Object.entries(words).map(([key, value]) => [fields.find((f) => f.key === key) as (typeof fields)[number], value])));

  test('low word first, temperatures below zero, energies in Wh', () => {
    expect(values({ pv_power: [0xcb20, 0], battery_temperature: [0xff38], energy_generated: [0x0001, 0x0001] })).toMatchObject({
      pv_power: 520,
      battery_temperature: -2,
      energy_generated: 655_370,
    });
  });
  test.each([
    [{ status_battery: [0x0001] }, 'battery_over_voltage'],
    [{ status_battery: [0x0003] }, 'battery_over_discharged'],
    [{ status_battery: [0x0010] }, 'battery_too_hot'],
    [{ status_battery: [0x8000] }, 'wrong_system_voltage'],
    [{ status_charger: [0x0211] }, 'load_over_current'],
    [{ status_charger: [0x2001] }, 'charge_switch_shorted'],
    [{ status_charger: [0x8001] }, 'pv_over_voltage'],
    [{ status_load: [0x3001] }, 'overload'],
    [{ status_load: [0x0801] }, 'output_short'],
  ])('%j means %s', (words, key) => expect(values(words)[key]).toBe(true));
  test('the general fault bits alone raise nothing', () => {
    const shown = values({ status_battery: [0], status_charger: [0x0003], status_load: [0x0003] });
    expect(Object.entries(shown).filter(([key, value]) => value === true && !['charging', 'load_on'].includes(key))).toEqual([]);
  });
  test.each([
    [0x0d, 'equalise'],
    [0x09, 'boost'],
    [0x05, 'float'],
    [0x00, 'off'],
  ])('charger status %i is %s', (word, stage) => expect(values({ status_charger: [word] }).charging_stage).toBe(stage));
  test('what cannot be is no value', () => {
    expect(values({ pv_voltage: [0xffff], state_of_charge: [2805], battery_type: [77], net_current: [0, 0xffff] })).toMatchObject({
      pv_voltage: null,
      state_of_charge: null,
      battery_type: null,
      battery_current: null,
    });
  });
  test('any words give numbers, booleans or nothing', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 0, max: 0xffff })), (stream) => {
        const take = (): number => stream.next().value as number;
        const shown = decode(new Map(fields.map((field) => [field, Array.from({ length: wordsOf(field) }, take)])));
        for (const value of Object.values(shown)) if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      }),
    );
  });
});

describe('faults', () => {
  test('an absent controller, one that goes away, and a pulled adapter say what to check', async () => {
    const absent = controllerOn(undefined);
    await absent.clock.advance(1_000);
    await expect(absent.running).rejects.toMatchObject({ fault: 'timeout' });
    for (const lose of ['unit', 'adapter'] as const) {
      const { clock, port, running, seen } = controllerOn(unitOf(recordedRegisters('tracer2215bn-monitor')));
      await clock.advance(5_000);
      if (lose === 'unit') port.units.clear();
      else port.unplug();
      await clock.advance(12_000);
      await expect(running).rejects.toMatchObject({ fault: lose === 'unit' ? 'timeout' : 'gone' });
      expect(seen).toHaveLength(1);
      expect(port.opened).toBeUndefined();
    }
  });
  test.each([
    [{ port: null }, 'port'],
    [{ host: '192.0.2.1' }, 'host'],
    [{ transport: 'tcp' as const, port: null }, 'host'],
    [{ transport: 'tcp' as const, host: '192.0.2.1' }, 'port'],
    [{ unit: 0 }, 'unit'],
  ])('half a connection is not guessed: %j', async (options, field) => {
    const clock = virtualClock();
    const { running } = read(clock, simulatedModbus(clock), options);
    await clock.advance(100);
    await expect(running).rejects.toBeInstanceOf(ConfigError);
    await expect(running).rejects.toMatchObject({ field });
  });
});
