import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { thingsetValues } from '../../src/drivers/lib/thingset-fields.ts';
import { readThingSet, withChecksum } from '../../src/drivers/lib/thingset-text.ts';
import { thingset } from '../../src/drivers/thingset.ts';
import { DeviceError } from '../../src/model.ts';
import { PATH, serialDevice } from './serial-device.ts';

// Recorded: answer of a Libre Solar BMS (ThingSet 0.6) to `?Meas`, from the operation page of its public manual.
const BMS =
  '{"rPackVoltage_V":13.71,"rStackVoltage_V":13.91,"rPackCurrent_A":0.05,"rBatTemp_degC":29.4,"rICTemp_degC":34.2,"rMOSFETTemp_degC":31.8,"rSOC_pct":100.0,"rErrorFlags":0,"rBmsState":3,"rCellVoltages_V":[3.495,3.497,3.486,3.495,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000,0.000],"rCellAvgVoltage_V":3.493,"rCellMinVoltage_V":3.486,"rCellMaxVoltage_V":3.497,"rBalancingStatus":0}';
// Recorded: report of a Libre Solar charge controller (2022), kept as a sample in a public gateway program for an ESP8266.
const REPORT =
  '#mSerial {"Device":{"rUptime_s":7217,"rErrorFlags":0},"Battery":{"rMeas_V":13.43,"rMeas_A":-0.03,"rSOC_pct":90,"pEstUsable_Ah":0.0,"pChgDay_Wh":26.97,"pDisDay_Wh":0.21,"pDeepDisCount":0,"pDis_Ah":-0},"Charger":{"rState":0,"rDCDCState":1},"Solar":{"rMeas_V":22.20,"rMeas_A":-0.03,"pInDay_Wh":29.01},"Load":{"rMeas_A":0.08,"rState":1,"pOutDay_Wh":2.24},"USB":{"rState":1}}';
// Synthetic, with the item names of charge-controller-firmware.
const CONTROLLER: Readonly<Record<string, string>> = {
  Battery:
    '{"rVoltage_V":12.9,"rCurrent_A":-3.14,"rPower_W":-40.5,"rTemperature_degC":21,"rSOC_pct":75,"pSOH_pct":97,"pChgEnergyTotal_Wh":12345}',
  Device: '{"rErrorFlags":8194}',
  Charger: '{"rState":1}',
  Solar: '{"rVoltage_V":22.2,"rCurrent_A":1.5,"rPower_W":33.3,"pInputTotal_Wh":98765}',
};
const OPTIONS = { port: PATH, baud_rate: 115_200, period_s: 2 };
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Answers by group; a device of version 0.5 does not know checksums. */
function device(groups: Readonly<Record<string, string>>, version: '0.5' | '0.6' = '0.6') {
  return serialDevice((request) => {
    const text = Buffer.from(request).toString('latin1').trim();
    if (version === '0.5' && text.endsWith('#')) return bytes(':A0 Bad Request.\r\n');
    const group = groups[/^\?(\w+)/.exec(text)?.[1] ?? ''];
    if (version === '0.5') return bytes(group === undefined ? ':A4 Not Found.\r\n' : `:85 Content. ${group}\r\n`);
    return bytes(withChecksum(group === undefined ? ':A4' : `:85 ${group}`));
  });
}

describe('messages', () => {
  test.each(['?Meas 77DB2B01#', '? 6464C2B0#', '?Meas/rPackVoltage_V 583D02BC#'])('checksum of %s', (message) => {
    expect(withChecksum(message.split(' ')[0] ?? '')).toBe(`${message}\r\n`);
  });
  test.each([
    [':85 12.9', 12.9],
    [':85 Content. 14.10', 14.1],
    [':85/Meas {"a":1}', { a: 1 }],
    [':84 Changed.', undefined],
  ])('%s', (line, value) => expect(readThingSet(line)).toMatchObject({ kind: 'answer', value }));
  test('every single changed character under a checksum is seen', () => {
    const message = withChecksum(`:85 ${BMS}`).trimEnd();
    for (let at = 0; at < message.length; at += 1) {
      const broken = `${message.slice(0, at)}${message[at] === '7' ? '1' : '7'}${message.slice(at + 1)}`;
      const read = readThingSet(broken);
      // Only a damaged trailer can make the text look like one without checksum, and then it is no JSON.
      expect(read, `${at}`).toBeUndefined();
    }
  });
  test('noise, and half a message', () => {
    for (const line of ['', ':', ':85 {"a":', '#m {"a"', '#m [1]', 'uart:~$ ', ':85 {"a":\u00e91}'])
      expect(readThingSet(line)).toBeUndefined();
  });
});

describe('recorded data', () => {
  test('a battery management system', async () => {
    const { clock, read } = device({ Meas: BMS });
    const { seen } = read(thingset, OPTIONS);
    await clock.advance(500);
    expect(seen[0]).toMatchObject({
      ...{ voltage: 13.71, current: 0.05, power: 0.69, state_of_charge: 100, stack_voltage: 13.91 },
      ...{ temperature_battery: 29.4, temperature_ic: 34.2, temperature_mosfet: 31.8 },
      ...{ cell_01: 3.495, cell_04: 3.495, cell_voltage_min: 3.486, cell_lowest: 3, cell_voltage_max: 3.497, cell_voltage_spread: 0.011 },
      ...{ battery_state: 'normal', balancing: false, cell_undervoltage: false, mosfet_overtemperature: false },
    });
    expect(seen[0]).not.toHaveProperty('cell_05');
    expect(seen[0]).not.toHaveProperty('state_of_health');
  });

  test('a charge controller that only reports', async () => {
    const { clock, wire, read } = serialDevice(() => undefined);
    const { seen } = read(thingset, OPTIONS);
    for (let second = 0; second < 15; second += 1) {
      await clock.advance(1000);
      wire.send(bytes(`${REPORT}\r\n`), 115_200);
    }
    await clock.advance(100);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen[0]).toMatchObject({
      ...{ voltage: 13.43, current: -0.03, power: -0.4, state_of_charge: 90, energy_in_today: 26.97, energy_out_today: 0.21 },
      ...{ solar_voltage: 22.2, solar_current: -0.03, solar_energy_today: 29.01, load_current: 0.08, charger_state: 'idle' },
      ...{ pack_undervoltage: false, internal_overtemperature: false },
    });
  });
});

test.each(['0.5', '0.6'] as const)('a charge controller of version %s is asked for what it has', async (version) => {
  const { clock, read, wire } = device(CONTROLLER, version);
  const { seen } = read(thingset, OPTIONS);
  await clock.advance(5000);
  expect(seen[0]).toMatchObject({
    ...{
      voltage: 12.9,
      current: -3.14,
      power: -40.5,
      state_of_charge: 75,
      state_of_health: 97,
      temperature_battery: 21,
      energy_in: 12_345,
    },
    ...{ solar_power: 33.3, solar_energy: 98_765, charger_state: 'bulk' },
    ...{ pack_overvoltage: true, internal_overtemperature: true, pack_undervoltage: false },
  });
  const asked = wire.written.map((request) => Buffer.from(request).toString('latin1'));
  // The group that it does not have is asked for once; nothing is ever written to it.
  expect(asked.filter((request) => request.startsWith('?Load'))).toHaveLength(1);
  expect(asked.every((request) => /^\?\w+( [0-9A-F]{8}#)?\r\n$/.test(request))).toBe(true);
});

describe('what is not believed', () => {
  test('values out of their range, of another kind, or unknown states', () => {
    const values = thingsetValues({
      Meas: { rPackVoltage_V: 999, rPackCurrent_A: 'x', rSOC_pct: 101, rBmsState: 9, rErrorFlags: -1, rCellVoltages_V: [3.2, null] },
    });
    expect(values).toEqual({ voltage: null, current: null, power: null, state_of_charge: null, battery_state: null });
  });
  test('a cell between others that reads nothing makes the extremes unknown', () => {
    expect(thingsetValues({ Meas: { rCellVoltages_V: [3.2, 0, 3.3, 0] } })).toMatchObject({
      cell_02: null,
      cell_03: 3.3,
      cell_voltage_min: null,
    });
  });
  test('a broken checksum is no answer', async () => {
    const { clock, read } = serialDevice((request) =>
      Buffer.from(request).toString().startsWith('?Meas') ? bytes(`:85 ${BMS} 00000000#\r\n`) : undefined,
    );
    const { seen, error } = read(thingset, OPTIONS);
    await clock.advance(10_000);
    expect(seen).toEqual([]);
    expect(error()).toBeInstanceOf(DeviceError);
  });
  test('an answer that comes after its time is not that of the next question', async () => {
    let late = false;
    const { clock, read, wire } = serialDevice((request) => {
      const group = /^\?(\w+)/.exec(Buffer.from(request).toString())?.[1] ?? '';
      if (group === 'Load' && late) return undefined;
      return bytes(group === 'Meas' ? ':A4\r\n' : `:85 ${CONTROLLER[group] ?? '{"rState":5}'}\r\n`);
    });
    const { seen, error } = read(thingset, OPTIONS);
    await clock.advance(1000);
    expect(seen[0]).toMatchObject({ charger_state: 'bulk' });
    late = true;
    await clock.advance(4000);
    wire.send(bytes(':85 {"rState":5}\r\n'), 115_200);
    await clock.advance(1000);
    for (const values of seen) expect(values).toMatchObject({ charger_state: 'bulk' });
    expect(error()).toBeInstanceOf(DeviceError);
  });
});

describe('the line', () => {
  test('silence, and a device that falls silent', async () => {
    const nobody = serialDevice(() => undefined);
    const first = nobody.read(thingset, OPTIONS);
    await nobody.clock.advance(10_000);
    await expect(first.running).rejects.toThrow(/silence on the ThingSet line/);

    const { clock, read, device: far } = device({ Meas: BMS });
    const second = read(thingset, OPTIONS);
    await clock.advance(500);
    far.answering = () => undefined;
    await clock.advance(5000);
    await expect(second.running).rejects.toBeInstanceOf(DeviceError);
  });
  test('unplugged, and abort', async () => {
    const { clock, read, wire } = device({ Meas: BMS });
    const { running } = read(thingset, OPTIONS);
    await clock.advance(500);
    wire.unplug();
    await clock.advance(3000);
    await expect(running).rejects.toThrow(/unplugged/);
    const other = device({ Meas: BMS });
    const { running: ended, controller } = other.read(thingset, OPTIONS);
    await other.clock.advance(500);
    controller.abort(new Error('stop'));
    await expect(ended).rejects.toThrow();
    expect(other.wire.opened).toBeUndefined();
  });
});

test('random text never throws, and gives declared values only', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), fc.constantFrom('#m ', ':85 ', ':85 Content. ', ''), (text, start) => {
      const message = readThingSet(start + text);
      const groups = { Meas: message?.value, Battery: message?.value, Device: message?.value };
      for (const [key, value] of Object.entries(thingsetValues(groups))) {
        expect(Object.keys(thingset.describe(OPTIONS).entities)).toContain(key);
        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      }
    }),
  );
});
