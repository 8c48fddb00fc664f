/** Sources and licences of the recorded frames: test/fixtures/can/README.md. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canPack } from '../../src/drivers/can-pack.ts';
import { createPackDecoder, PACK_IDS } from '../../src/drivers/lib/pack-frames.ts';
import { DeviceError, type Value } from '../../src/model.ts';
import { packFrames } from '../../src/ports/sim/pack.ts';
import { onBus, recorded } from './candump.ts';

/** All that a recording says, as the driver reports it. */
async function told(name: string): Promise<Record<string, Value>> {
  const { clock, send, seen, controller } = onBus(canPack);
  await clock.advance(0);
  send(recorded(name));
  await clock.advance(1_000);
  controller.abort();
  return seen[0] ?? {};
}
const decode = (id: number, data: readonly number[]) =>
  createPackDecoder()({ id, extended: false, data: Uint8Array.from(data), atMs: 0 })?.values;
const alarms = (values: Record<string, Value>, state: Value): string[] =>
  Object.keys(values).filter((key) => /^(alarm|warning)_/.test(key) && values[key] === state);

describe('recorded batteries', () => {
  test('Pylontech, older firmware', async () => {
    const values = await told('pylontech-us5000-v12');
    expect(values).toMatchObject({
      charge_voltage_limit: 53.2,
      charge_current_limit: 480,
      discharge_current_limit: 480,
      discharge_voltage_limit: 45,
      state_of_charge: 88,
      state_of_health: 94,
      voltage: 49.86,
      current: -27,
      power: -1346.2,
      temperature: 36.3,
      modules_online: 6,
      charge_enabled: true,
      discharge_enabled: true,
      force_charge: false,
      full_charge_request: false,
      manufacturer: 'PYLON',
    });
    expect(alarms(values, true)).toEqual([]);
    expect(alarms(values, false)).toHaveLength(14);
  });
  test('Pylontech, newer firmware: alarms that it does not watch are unknown, zero hundredths are padding', async () => {
    const values = await told('pylontech-us5000-v13');
    expect(values).toMatchObject({
      state_of_charge: 84,
      state_of_health: 96,
      voltage: 49.87,
      current: -27.9,
      firmware: '1.3',
      remaining_capacity: 572,
    });
    expect(alarms(values, null)).toHaveLength(26);
  });
  test('Pylontech, four modules', async () => {
    expect(await told('pylontech-us5000-4')).toMatchObject({
      state_of_charge: 90,
      voltage: 49.96,
      current: -1.5,
      temperature: 5.5,
      modules_online: 4,
    });
  });
  test('BYD: cells and energies', async () => {
    const values = await told('byd-lvs');
    expect(values).toMatchObject({
      charge_voltage_limit: 58.4,
      discharge_voltage_limit: 43,
      state_of_charge: 67,
      voltage: 53.1,
      current: -0.7,
      temperature: 14,
      manufacturer: 'BYD',
      firmware: '1.23',
      remaining_capacity: 105,
      installed_capacity: 156,
      modules_online: 2,
      modules_offline: 0,
      cell_voltage_min: 3.306,
      cell_voltage_max: 3.329,
      cell_temperature_min: 14,
      cell_temperature_max: 17,
      cell_id_min: '2',
      max_temperature_id: '1',
      charged_energy: 211_200,
      discharged_energy: 183_500,
    });
    expect(alarms(values, false)).toHaveLength(26);
  });
  test('Pytes: short frames, modules offline', async () => {
    expect(await told('pytes-v5')).toMatchObject({
      state_of_charge: 51,
      voltage: 52.62,
      manufacturer: 'PYTES',
      remaining_capacity: 50,
      installed_capacity: 100,
      modules_blocking_charge: 1,
      modules_blocking_discharge: 1,
      modules_offline: 2,
      cell_voltage_min: 3.288,
      cell_id_max: '0400',
      cell_temperature_max: 18,
    });
  });
  test('Seplos: hundredths of state of charge, a name in two frames; the inverter’s frames are not the battery’s', async () => {
    const values = await told('seplos-smart');
    expect(values).toMatchObject({
      state_of_charge: 58.9,
      voltage: 51.98,
      current: -31.9,
      power: -1658.2,
      temperature: 23.4,
      battery_name: 'CAN-SMARTBMS-BAT',
      manufacturer: 'SHEnergy',
      firmware: '16.4',
      installed_capacity: 304,
      cell_voltage_min: 3.243,
      cell_voltage_max: 3.255,
      cell_id_min: 'Pack-01#',
      charged_energy: 394_600,
      alarm_cell_imbalance: false,
    });
    expect(alarms(values, false)).toHaveLength(26);
  });
  test('Discover: volts on another scale are not believed, frames of another length neither', async () => {
    const values = await told('discover-aes');
    expect(values).toMatchObject({
      state_of_charge: 62,
      voltage: null,
      power: null,
      current: -23.9,
      temperature: 19,
      battery_name: 'Discover AES',
    });
    expect(values).toMatchObject({ alarm_high_voltage: false, alarm_general: null, alarm_contactor: null });
    expect(Object.keys(values).filter((key) => /^(modules|min|max)_/.test(key))).toEqual([]);
  });
  test('REC', async () => {
    const values = await told('rec-q');
    expect(values).toMatchObject({
      state_of_charge: 50,
      voltage: 26.1,
      current: 0,
      power: 0,
      temperature: 29.5,
      firmware: '2.6',
      manufacturer: 'REC-BMS',
    });
    expect(values).toMatchObject({
      alarm_high_voltage: false,
      alarm_internal: false,
      alarm_low_temperature: null,
      warning_cell_imbalance: false,
    });
  });
  test('Eco-Worthy: numbers under the ids of the name are no name', async () => {
    expect(await told('eco-worthy-cubix')).toMatchObject({
      state_of_charge: 30,
      voltage: 52.41,
      current: 0,
      temperature: 11.3,
      modules_online: 2,
      cell_voltage_min: 3.274,
      cell_voltage_max: 3.279,
      installed_capacity: 200,
      battery_name: null,
      remaining_capacity: null,
    });
  });
});

describe('frames', () => {
  // Synthetic from here on: alarms that no recording holds, and damage.
  test.each([
    [[0x02, 0, 0, 0], ['alarm_high_voltage']],
    [[0x04, 0, 0, 0], ['alarm_low_voltage']],
    [
      [0x98, 0x09, 0, 0],
      ['alarm_high_charge_current', 'alarm_high_discharge_current', 'alarm_high_temperature', 'alarm_internal', 'alarm_low_temperature'],
    ],
    [
      [0, 0, 0x82, 0x08],
      ['warning_high_discharge_current', 'warning_high_voltage', 'warning_internal'],
    ],
  ])('0x359 %j', (bits, names) => {
    expect(alarms(decode(0x359, [...bits, 1, 0x50, 0x4e]) ?? {}, true).sort()).toEqual(names);
  });
  test('0x35A: each pair has its alarm', () => {
    expect(alarms(decode(0x35a, [0x54, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0x6a, 0xa9]) ?? {}, true)).toEqual([
      'alarm_high_voltage',
      'alarm_low_voltage',
      'alarm_high_temperature',
      'warning_internal',
      'warning_cell_imbalance',
    ]);
  });
  test('0x35C: what the battery allows and demands', () => {
    expect(decode(0x35c, [0x10, 0])).toEqual({
      charge_enabled: false,
      discharge_enabled: false,
      force_charge: true,
      full_charge_request: false,
    });
    expect(decode(0x35c, [0xc8, 0])).toEqual({
      charge_enabled: true,
      discharge_enabled: true,
      force_charge: false,
      full_charge_request: true,
    });
  });
  test('a limit of zero is a limit; impossible values are unknown', () => {
    expect(decode(0x351, [0x48, 2, 0, 0, 0x9c, 0xff, 0xff, 0xff])).toEqual({
      charge_voltage_limit: 58.4,
      charge_current_limit: 0,
      discharge_current_limit: null,
      discharge_voltage_limit: null,
    });
    expect(decode(0x355, [101, 0, 0, 0])).toEqual({ state_of_charge: null, state_of_health: null });
    expect(decode(0x356, [0xff, 0x7f, 0xff, 0x7f, 0xff, 0x7f])).toEqual({ voltage: null, current: null, power: null, temperature: null });
    expect(decode(0x373, [0xe4, 0x0c, 0xe0, 0x0c, 0, 0, 0xff, 0xff])).toEqual({
      cell_voltage_min: null,
      cell_voltage_max: null,
      cell_temperature_min: null,
      cell_temperature_max: null,
    });
    expect(decode(0x378, [0, 0, 0, 0, 0, 0, 0, 0])).toEqual({ charged_energy: null, discharged_energy: null });
    // As a Deye battery sends it: the name, then other bytes (recorded on a GX).
    expect(decode(0x35e, [0x50, 0x59, 0x4c, 0x4f, 0x4e, 0x1c, 0xfc, 0x08])).toEqual({ manufacturer: 'PYLON' });
    expect(decode(0x35e, [0, 0, 0, 0, 0, 0, 0, 0])).toEqual({ manufacturer: null });
  });
  test('a frame of another length is refused', () => {
    const refused = PACK_IDS.filter((id) => decode(id, [1]) === undefined && decode(id, []) === undefined);
    expect(refused).toEqual(PACK_IDS);
    expect(decode(0x356, [0x6c, 0x14, 4, 0, 0xdc])).toBeUndefined();
    expect(decode(0x305, [0, 0, 0, 0, 0, 0, 0, 0])).toBeUndefined();
  });
  test('whatever the bytes, values are of their kind and in their range', () => {
    const kinds = canPack.describe({ port: 'vcan0', bitrate: 500_000, silent: true, period_s: 1 }).entities;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...PACK_IDS), fc.uint8Array({ maxLength: 8 })), { maxLength: 30 }), (frames) => {
        const decoder = createPackDecoder();
        for (const [id, data] of frames) {
          for (const [key, value] of Object.entries(decoder({ id, extended: false, data, atMs: 0 })?.values ?? {})) {
            expect(kinds[key], key).toBeDefined();
            if (typeof value === 'number') expect(Number.isFinite(value), key).toBe(true);
            if (typeof value === 'string') expect(value).toMatch(/^[ -~]+$/);
            if (key === 'state_of_charge' && value !== null) expect(value).toBeLessThanOrEqual(100);
          }
        }
      }),
    );
  });
});

describe('on the bus', () => {
  test('the bank of the simulated house is heard as it is', async () => {
    const { clock, send, seen } = onBus(canPack);
    await clock.advance(0);
    const battery = { volts: 13.1, amps: -2.5, stateOfCharge: 0.61, celsius: 21.4 };
    send(packFrames([battery, { ...battery, volts: 12.9 }]).map(([id, data]) => ({ id, data })));
    await clock.advance(1_000);
    expect(seen[0]).toMatchObject({
      voltage: 26,
      current: -2.5,
      power: -65,
      state_of_charge: 61,
      temperature: 21.4,
      cell_voltage_min: 3.225,
    });
  });
  test('opens it for listening, with the filters of its frames', async () => {
    const { clock, bus } = onBus(canPack, { bitrate: 250_000 });
    await clock.advance(0);
    expect(bus.opened).toEqual({ bitrate: 250_000, silent: true, filters: PACK_IDS.map((id) => ({ id })) });
  });
  test('a frame that stops coming makes its values unknown after ten seconds, the others stay', async () => {
    const { clock, send, seen } = onBus(canPack);
    await clock.advance(0);
    send(recorded('pylontech-us5000-4'));
    const rest = recorded('pylontech-us5000-4').filter(({ id }) => id !== 0x355);
    for (let second = 0; second < 11; second += 1) {
      await clock.advance(1_000);
      send(rest);
    }
    expect(seen[8]).toMatchObject({ state_of_charge: 90, voltage: 49.96 });
    expect(seen.at(-1)).toMatchObject({ state_of_charge: null, state_of_health: null, voltage: 49.96, alarm_high_voltage: false });
  });
  test('a bus where nothing is heard, or nothing any more, is told with what to check', async () => {
    const mute = onBus(canPack);
    await mute.clock.advance(9_000);
    mute.bus.send(0x305, [0, 0, 0, 0, 0, 0, 0, 0]);
    mute.bus.send(0x356, [1, 2]);
    await mute.clock.advance(1_000);
    await expect(mute.running).rejects.toThrow('the battery says nothing on vcan0 (refused frames: 1)');
    await expect(mute.running).rejects.toBeInstanceOf(DeviceError);
    await expect(mute.running).rejects.toMatchObject({ mend: expect.stringContaining('120 Ω') });
    expect([mute.seen, mute.bus.readers]).toEqual([[], 0]);
    const silent = onBus(canPack);
    await silent.clock.advance(0);
    silent.send(recorded('rec-q'));
    await silent.clock.advance(11_000);
    await expect(silent.running).rejects.toThrow('the battery fell silent on vcan0');
  });
  test('an interface taken down, one that is absent, and an abort end the reading with the bus closed', async () => {
    const down = onBus(canPack);
    await down.clock.advance(0);
    down.send(recorded('rec-q'));
    await down.clock.advance(1_000);
    down.bus.down();
    await down.clock.advance(1);
    await expect(down.running).rejects.toThrow('vcan0 was taken down');
    const absent = onBus(canPack, { port: 'can7' });
    await absent.clock.advance(0);
    await expect(absent.running).rejects.toThrow('can7 does not exist');
    const stopped = onBus(canPack);
    await stopped.clock.advance(0);
    stopped.controller.abort(new Error('stop'));
    await stopped.clock.advance(0);
    await expect(stopped.running).rejects.toThrow('stop');
    expect([down.bus.readers, stopped.bus.readers]).toEqual([0, 0]);
  });
});
