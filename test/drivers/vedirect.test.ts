/** VE.Direct: recorded streams of chargers, monitors and a shunt, whole, cut, damaged and mixed with hex records. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { veValues } from '../../src/drivers/lib/vedirect-fields.ts';
import { createVeDecoder, type VeBlock } from '../../src/drivers/lib/vedirect-frame.ts';
import { vedirect } from '../../src/drivers/vedirect.ts';
import { damaged, joined, PATH, serialDevice } from './serial-device.ts';

const NAMES = ['bmv-702', 'bmv-712', 'bluesolar-75-15', 'smartsolar', 'smartshunt'] as const;
const recorded = (name: (typeof NAMES)[number]): Uint8Array => Uint8Array.from(readFileSync(`test/fixtures/vedirect/${name}.ve`));
const blocksOf = (bytes: Uint8Array): VeBlock[] => createVeDecoder().push(bytes);
const valuesOf = (name: (typeof NAMES)[number]) => blocksOf(recorded(name)).map(veValues);
/** A block with its checksum, from label and value pairs. */
const block = (fields: Readonly<Record<string, string>>): Uint8Array => {
  const text = `${Object.entries(fields)
    .map(([label, value]) => `\r\n${label}\t${value}`)
    .join('')}\r\nChecksum\t`;
  const bytes = Uint8Array.from(Buffer.from(text, 'latin1'));
  return joined(bytes, Uint8Array.of(-bytes.reduce((sum, byte) => sum + byte, 0) & 0xff));
};
const one = (fields: Readonly<Record<string, string>>) => {
  const [only] = blocksOf(block(fields));
  return only === undefined ? undefined : veValues(only);
};

describe('recorded streams', () => {
  test.each([
    ['bmv-702', 6],
    ['bmv-712', 2],
    ['bluesolar-75-15', 3],
    ['smartsolar', 3],
    ['smartshunt', 4],
  ] as const)('%s: %i good blocks, also byte by byte', (name, count) => {
    const bytes = recorded(name);
    expect(blocksOf(bytes)).toHaveLength(count);
    const decoder = createVeDecoder();
    expect([...bytes].flatMap((byte) => decoder.push(Uint8Array.of(byte)))).toEqual(blocksOf(bytes));
    expect(decoder.counts.bad).toBe(0);
  });
  test('a battery monitor, discharging', () => {
    const [main, history] = valuesOf('bmv-702');
    expect(main).toEqual({
      product: '0x203',
      voltage: 12.065,
      current: -7.625,
      power: -92,
      consumed_charge: -65.473,
      state_of_charge: 83.9,
      time_to_go: 942 * 60,
      alarm: false,
      relay: false,
      alarm_reason: 'none',
      alarm_bits: '0x0',
      model: '700',
      firmware: '3.08',
    });
    expect(history).toEqual({
      deepest_discharge: -149.322,
      last_discharge: -82.854,
      average_discharge: 0,
      cycles: 0,
      full_discharges: 0,
      charge_drawn: 5526.294,
      voltage_min: 11.733,
      voltage_max: 16.161,
      since_full: 368_003,
      auto_syncs: 26,
      low_voltage_alarms: 0,
      high_voltage_alarms: 0,
      energy_discharged: 68_430,
      energy_charged: 85_270,
    });
  });
  test('a charger', () => {
    expect(valuesOf('bluesolar-75-15')[0]).toMatchObject({
      firmware: '1.23',
      charger_state: 'bulk',
      error: 'none',
      error_code: 0,
      fault: false,
      load_output: true,
      load_current: 0,
      yield_total: 82_720,
      yield_today: 0,
      yield_yesterday: 250,
      max_power_yesterday: 119,
      day_number: 274,
    });
    const { voltage, current, power, panel_power: panel } = valuesOf('bluesolar-75-15')[0] ?? {};
    expect(power).toBeCloseTo(Number(voltage) * Number(current), 1);
    expect(Number(panel)).toBeGreaterThan(0);
    expect(valuesOf('smartsolar')[0]).toMatchObject({
      charger_state: 'off',
      tracker: 'off',
      current: -0.01,
      panel_voltage: 0.01,
      panel_power: 0,
    });
  });
  test('a shunt with unlimited time to go', () => {
    expect(valuesOf('smartshunt')[1]).toMatchObject({
      state_of_charge: 100,
      time_to_go: null,
      model: 'SmartShunt 500A/50mV',
      firmware: '4.05',
    });
    expect(valuesOf('bmv-712')[0]).toMatchObject({ current: -2.288, power: -28, state_of_charge: 91.6, model: '712 Smart' });
  });
  test('records of the hex protocol break nothing, and are counted', () => {
    const decoder = createVeDecoder();
    decoder.push(recorded('smartsolar'));
    expect(decoder.counts).toEqual({ bad: 0, hex: 2 });
  });
  test('the starter battery of a monitor, and what it is set to watch (the mode is synthetic)', () => {
    expect(Object.assign({}, ...valuesOf('smartshunt'))).toMatchObject({ starter_voltage_min: -0.022 });
    expect(Object.assign({}, ...valuesOf('bmv-712'))).toMatchObject({ starter_voltage_min: 0.02, starter_voltage_max: 21.033 });
    expect(one({ H13: '2', H14: '0' })).toEqual({ starter_low_alarms: 2, starter_high_alarms: 0 });
    expect(one({ MON: '-9' })).toMatchObject({ monitor_mode: 'solar_charger' });
    expect(one({ MON: '0' })).toMatchObject({ monitor_mode: 'battery' });
    for (const MON of ['9', '-', '0x1', '']) expect(one({ MON })).toMatchObject({ monitor_mode: null });
  });
  test('every value has its entity', () => {
    const { entities } = vedirect.describe({ port: PATH });
    for (const name of NAMES)
      for (const values of valuesOf(name)) for (const key of Object.keys(values)) expect(entities, key).toHaveProperty(key);
  });
});

describe('hex records in the middle of a block (recorded bytes, put together)', () => {
  const bytes = recorded('bluesolar-75-15').subarray(0, 165);
  const RECORD = Uint8Array.from(Buffer.from(':ADBED001A0D5C\n:A0202000200000045\n', 'latin1'));
  const whole = blocksOf(joined(bytes, recorded('bmv-712')));
  test('anywhere but before the checksum byte', () => {
    const end = bytes.length + Buffer.from(recorded('bmv-712')).indexOf('Checksum\t') + 9;
    const stream = joined(bytes, recorded('bmv-712'));
    for (let at = 0; at < stream.length; at += 1) {
      if (stream.subarray(at - 9, at).join() === Buffer.from('Checksum\t').join()) continue;
      expect(blocksOf(joined(stream.subarray(0, at), RECORD, stream.subarray(at))), `at ${at} of ${end}`).toEqual(whole);
    }
  });
  test('a record that ends in 0xFE, or never', () => {
    const [lost, rest] = [Uint8Array.of(0x3a, 0x41, 0x30, 0xfe), recorded('bmv-712')];
    expect(blocksOf(joined(lost, rest))).toHaveLength(2);
    expect(blocksOf(joined(lost.subarray(0, 3), rest))).toHaveLength(2);
  });
  test('the checksum byte may look like anything', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 800; i += 1) {
      const bytes = block({ X: `${'-'.repeat(i / 62)}${String.fromCharCode(0x40 + (i % 62))}` });
      seen.add(bytes.at(-1) ?? -1);
      expect(blocksOf(joined(bytes, block({ V: '1' })))).toHaveLength(2);
    }
    for (const special of [0x0a, 0x0d, 0x09, 0x3a, 0x00, 0xff]) expect(seen).toContain(special);
  });
});

describe('refused', () => {
  test('no block with one bit turned comes through', () => {
    const bytes = recorded('bmv-712');
    const [first, second] = blocksOf(bytes);
    for (let at = 0; at < bytes.length; at += 1) {
      for (const found of blocksOf(damaged(bytes, at))) expect([first, second], `byte ${at}`).toContainEqual(found);
    }
  });
  test.each([
    ['a label twice', '\r\nV\t1\r\nV\t2'],
    ['a line without a tab', '\r\nV1'],
    ['bytes beyond ASCII', '\r\nV\t1\u00ff'],
    ['something before the first line', 'x\r\nV\t1'],
  ])('%s, even when the sum is right', (_, text) => {
    const bytes = Uint8Array.from(Buffer.from(`${text}\r\nChecksum\t`, 'latin1'));
    const sealed = joined(bytes, Uint8Array.of(-bytes.reduce((sum, byte) => sum + byte, 0) & 0xff));
    const decoder = createVeDecoder();
    decoder.push(block({ V: '1' }));
    expect(decoder.push(sealed)).toEqual([]);
    expect(decoder.counts.bad).toBe(1);
  });
  test('a stream that begins in the middle is no fault', () => {
    const decoder = createVeDecoder();
    expect(decoder.push(recorded('bmv-702').subarray(30))).toHaveLength(5);
    expect(decoder.counts.bad).toBe(0);
  });
  test('endless text without a checksum is thrown away', () => {
    const decoder = createVeDecoder();
    decoder.push(new Uint8Array(50_000).fill(0x41));
    expect(decoder.counts.bad).toBeGreaterThan(40);
    expect(decoder.push(joined(Uint8Array.from(Buffer.from('\r\nChecksum\tx')), recorded('bmv-712')))).toHaveLength(2);
  });
  test('any bytes give nothing that is not a sound value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('V', 'I', 'T', 'SOC', 'CS', 'ERR', 'AR', 'H6', 'FW', 'TTG'), fc.string({ maxLength: 12 })),
        (fields) => {
          for (const value of Object.values(one(fields) ?? {})) expect(value).not.toBeNaN();
        },
      ),
    );
  });
});

describe('values (synthetic blocks)', () => {
  test('--- is unknown, a missing label says nothing', () => {
    expect(one({ V: '12800', SOC: '---', T: '---', CE: '---', P: '---' })).toEqual({
      voltage: 12.8,
      state_of_charge: null,
      temperature: null,
      consumed_charge: null,
      power: null,
    });
  });
  test.each([
    [{ CS: '5' }, { charger_state: 'float' }],
    [{ CS: '252' }, { charger_state: 'external_control' }],
    [{ CS: '99' }, { charger_state: null }],
    [{ ERR: '38' }, { error: 'input_shutdown_voltage', error_code: 38, fault: true }],
    [{ ERR: '200' }, { error: null, error_code: 200, fault: true }],
    [{ OR: '0x00000001' }, { off_reason: 'no_input', off_bits: '0x1' }],
    [{ OR: '0x00000101' }, { off_reason: 'several', off_bits: '0x101' }],
    [{ AR: '256' }, { alarm_reason: 'overload', alarm_bits: '0x100' }],
    [{ MPPT: '2' }, { tracker: 'tracking' }],
    [{ LOAD: 'On' }, { load_output: true }],
    [{ FWE: '0316FF' }, { firmware: '3.16' }],
    [{ FWE: '031605' }, { firmware: '3.16-beta-05' }],
    [{ FW: 'C208' }, { firmware: '2.08-C' }],
    [{ SOC: '1001' }, { state_of_charge: null }],
    [{ V: '12.5' }, { voltage: null }],
    [
      { DM: '-25', VM: '6400' },
      { midpoint_deviation: -2.5, midpoint_voltage: 6.4 },
    ],
    [{ NEW: '1' }, {}],
  ])('%j', (fields, values) => expect(one(fields as Record<string, string>)).toEqual(values));
});

describe('the driver on a wire', () => {
  const start = () => {
    const device = serialDevice(() => undefined);
    return { ...device, ...device.read(vedirect, { port: PATH }) };
  };
  test('gives each block at once, and writes nothing', async () => {
    const { clock, wire, seen, controller, running } = start();
    await clock.advance(1);
    for (let second = 0; second < 3; second += 1) {
      wire.send(recorded('bmv-712'), 19_200);
      await clock.advance(1000);
    }
    expect(seen).toHaveLength(6);
    expect(seen[0]).toMatchObject({ voltage: 12.282 });
    expect(wire.written).toEqual([]);
    controller.abort(new Error('stop'));
    await clock.advance(0);
    await running;
    expect(wire.opened).toBeUndefined();
  });
  test.each<[string, () => Uint8Array, RegExp]>([
    ['silence', () => new Uint8Array(), /silence/],
    ['another speed', () => new Uint8Array(100).fill(0x5a), /no good VE.Direct block/],
    ['only hex records', () => Uint8Array.from(Buffer.from(':ADBED001A0D5C\n')), /only hex records/],
    ['damaged blocks', () => damaged(damaged(recorded('bmv-712'), 20), 200), /2[0-9] bad blocks|1[0-9] bad blocks/],
  ])('%s for ten seconds ends the reading', async (_, bytes, message) => {
    const { clock, wire, running } = start();
    await clock.advance(1);
    const failure = expect(running).rejects.toThrow(message);
    for (let second = 0; second < 12; second += 1) {
      wire.send(bytes(), 19_200);
      await clock.advance(1000);
    }
    await failure;
    await expect(running).rejects.toHaveProperty('mend', expect.stringMatching(/\w/));
    expect(wire.opened).toBeUndefined();
  });
  test('an adapter that is pulled ends it at once', async () => {
    const { clock, wire, running } = start();
    await clock.advance(1);
    const failure = expect(running).rejects.toThrow(/unplugged/);
    wire.unplug();
    await clock.advance(0);
    await failure;
  });
});
