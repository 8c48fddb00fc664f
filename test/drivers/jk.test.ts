/** JK's 4E57 answers of real boards, and the driver on a board that is slow, cut or gone. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jk } from '../../src/drivers/jk.ts';
import { findJkAnswer, JK_READ_ALL, jkValues, tagsOf } from '../../src/drivers/lib/jk-frame.ts';
import { createScanner } from '../../src/drivers/lib/serial-query.ts';
import { DeviceError } from '../../src/model.ts';
import { damaged, hex, joined, PATH, serialDevice } from './serial-device.ts';

// Recorded on real boards. The first: jblance/mpp-solar (MIT), mppsolar/protocols/jkserial.py; the others: syssi/esphome-jk-bms
// (Apache-2.0), docs/pdus/. The characters of the last one's serial number were sorted, which keeps its sum.
const B1A20S15P =
  hex(`4e57011b00000000030001792a010f90020f91030f94040f8e050f92060f91070f91080f91090f930a0f8e0b0f910c0f900d0f900e0f8d8000218100
  1c82001e8315ca8481c58564860287001989000016da8a000e8b00008c00038e16b28f10f4901036911004920005930c1c940c8095000596012c9700
  6e98012c9900559a001e9b0bb89c00329d019e005a9f0046a00064a10064a20014a3003ca4003ca50001a60003a7ffeca8fff6a90eaa000000eaab01
  ac01ad0437ae01af01b0000ab114b231323334353600000000b300b4496e707574205573b532333036b6000182e3b731312e58575f5331312e323631
  5f5fb800b9000000eaba496e707574205573657264614a4b5f423141323053313550c0010000000068000051d6`);
const B2A24S15P =
  hex(`4e570118000000000600017927010ffc020fcf030ffd040ffc050ffc060ffa070ff7080ffe090ffe0a0ffc0b0ff70c0ff70d0ffd8000168100138200
  138314c1840000855e860287000089000000008a000d8b00008c00048e15548f0eba901068911004920005930b54940c8095000596012c9700969801
  2c9900199a001e9b0ce49c000a9d019e005a9f0046a00064a10064a20014a30046a40046a5ffeca6fff6a7ffeca8fff6a90daa00000005ab00ac00ad
  042eae01af01b0000ab114b231323334353600000000b300b4496e707574205573b532323034b600000000b731302e58575f5331302e30375f5f5fb8
  00b900000000ba496e707574205573657264614a4b2d423241323453313550c00100000000680000544e`);
const BD6A17S6P =
  hex(`4e570121000000000600017930010c81020c81030c82040c81050c83060c81070c71080c81090c7c0a0c830b0c820c0c830d0c830e0c830f0c83100c
  82800012810010820010831401840045850f860287001189000005008a00108b00008c00038e16d08f1090900e42910dde920005930a5a940abe9500
  0596012c97003c98012c99001e9a001e9b0d7a9c000a9d019e005a9f0046a00064a10064a20014a30046a40046a50000a60005a7ffeca8fff6a910aa
  00000051ab01ac01ad02d5ae01af01b0000ab114b231323334353600000000b300b4496e707574205573b532313036b600016400b748372e585f5f53
  372e312e30485f5fb800b900000000ba303030303030303030303031313132323232323335374254c001000000006800004ab1`);

const valuesOf = (frame: Uint8Array) => {
  const found = findJkAnswer(frame, 0);
  if (typeof found !== 'object') throw new Error('no frame');
  expect(found.end).toBe(frame.length);
  return jkValues(found.frame);
};
/** The frame with other bytes at a place and its sum made right again. */
function changed(frame: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const copy = frame.slice();
  copy.set(bytes, at);
  const sum = copy.subarray(0, -4).reduce((total, byte) => total + byte, 0) & 0xffff;
  copy.set([sum >> 8, sum & 0xff], copy.length - 2);
  return copy;
}
/** Where the value of a tag stands in a frame of 14 cells. */
const at = (frame: Uint8Array, ...tag: number[]): number => Buffer.from(frame).indexOf(Buffer.from(tag), 50) + tag.length;

describe('recorded answers', () => {
  test('the request has a right sum', () => {
    const sum = JK_READ_ALL.subarray(0, -4).reduce((total, byte) => total + byte, 0);
    expect(JK_READ_ALL.subarray(-2)).toEqual(Uint8Array.of(sum >> 8, sum & 0xff));
  });
  test('14 cells, full, charging', () => {
    expect(valuesOf(B1A20S15P)).toMatchObject({
      voltage: 55.78,
      current: 4.53,
      power: 252.7,
      state_of_charge: 100,
      cycles: 25,
      charge_cycled: 5850,
      cell_01: 3.984,
      cell_14: 3.981,
      cell_voltage_min: 3.981,
      cell_lowest: 14,
      cell_voltage_max: 3.988,
      cell_highest: 3,
      cell_voltage_spread: 0.007,
      temperature_switch: 33,
      temperature_1: 28,
      temperature_2: 30,
      design_capacity: 234,
      full_capacity: 234,
      charging_enabled: true,
      discharging_enabled: true,
      balancing: false,
      cell_overvoltage: false,
      firmware: '11.XW_S11.261',
    });
  });
  test('13 cells at rest, both switches off, balancing on', () => {
    expect(valuesOf(B2A24S15P)).toMatchObject({
      voltage: 53.13,
      current: 0,
      state_of_charge: 94,
      cell_13: 4.093,
      cell_lowest: 2,
      charging_enabled: false,
      discharging_enabled: false,
      balancing: true,
      full_capacity: null,
    });
  });
  test('16 cells, discharging is negative', () => {
    expect(valuesOf(BD6A17S6P)).toMatchObject({
      voltage: 51.21,
      current: -0.69,
      power: -35.3,
      state_of_charge: 15,
      cell_07: 3.185,
      cell_lowest: 7,
      cycles: 17,
    });
  });
  test('every value has its entity', () => {
    const { entities } = jk.describe({ port: PATH, baud_rate: 115_200, period_s: 2 });
    for (const frame of [B1A20S15P, B2A24S15P, BD6A17S6P]) {
      for (const key of Object.keys(valuesOf(frame))) expect(entities, key).toHaveProperty(key);
    }
  });
});

describe('values (recorded frames with changed bytes)', () => {
  test('below zero and out of range', () => {
    const place = at(B1A20S15P, 0x80, 0x00);
    expect(valuesOf(changed(B1A20S15P, place, 105)).temperature_switch).toBe(-5);
    expect(valuesOf(changed(B1A20S15P, place, 200)).temperature_switch).toBeNull();
    expect(valuesOf(changed(B1A20S15P, place - 1, 0xff, 0xff)).temperature_switch).toBeNull();
  });
  test('warning bits', () => {
    const values = valuesOf(changed(B1A20S15P, at(B1A20S15P, 0x8b), 0x08, 0x20));
    const on = Object.entries(values).filter(([key, value]) => value === true && !key.endsWith('enabled'));
    expect(on.map(([key]) => key)).toEqual(['charge_overcurrent', 'cell_undervoltage']);
  });
  test('the current of an older protocol, whose sign nobody showed, is unknown', () => {
    expect(valuesOf(changed(B1A20S15P, at(B1A20S15P, 0xc0), 0))).toMatchObject({ current: null, power: null, voltage: 55.78 });
  });
  test('cells that do not count from 1, and no cells at all, are refused', () => {
    expect(() => valuesOf(changed(B1A20S15P, 13, 2))).toThrow(DeviceError);
    expect(() => jkValues(Uint8Array.of(0x83, 0x15, 0xca))).toThrow(DeviceError);
    expect(() => jkValues(Uint8Array.of(0x79, 0x2a, 1))).toThrow(DeviceError);
  });
  test('what follows an unknown tag stays away', () => {
    expect([...tagsOf(Uint8Array.of(0x85, 50, 0x01, 0x85, 60)).keys()]).toEqual([0x85]);
  });
});

describe('in the stream', () => {
  test('one bit turned anywhere, and there is no frame', () => {
    for (let place = 0; place < BD6A17S6P.length; place += 1) {
      // The terminal and record numbers stand in the sum as well; two bytes of the four-byte sum are always 0 and say nothing.
      const found = createScanner(findJkAnswer)(damaged(BD6A17S6P, place));
      if (place === BD6A17S6P.length - 4 || place === BD6A17S6P.length - 3) continue;
      expect(found, `byte ${place}`).toEqual([]);
    }
  });
  test('found behind any noise, cut anywhere', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(B1A20S15P.length), (noise, cut) => {
        const scan = createScanner(findJkAnswer);
        expect([...scan(noise), ...scan(B1A20S15P.subarray(0, cut)), ...scan(B1A20S15P.subarray(cut))]).toHaveLength(1);
      }),
    );
  });
  test('any data gives sound values or an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          for (const value of Object.values(jkValues(joined(B1A20S15P.subarray(11, 70), bytes)))) expect(value).not.toBeNaN();
        } catch (error) {
          expect(error).toBeInstanceOf(DeviceError);
        }
      }),
    );
  });
});

describe('the driver on a board', () => {
  const OPTIONS = { port: PATH, baud_rate: 115_200, period_s: 2 };
  test('reads, every period', async () => {
    const { clock, wire, read } = serialDevice(() => B1A20S15P);
    const { seen, last } = read(jk, OPTIONS);
    await clock.advance(6500);
    expect(seen).toHaveLength(4);
    expect(last()).toMatchObject({ voltage: 55.78, cell_14: 3.981 });
    expect(wire.opened?.baudRate).toBe(115_200);
    expect(wire.written[0]).toEqual(JK_READ_ALL);
  });
  test.each([
    ['silence', () => undefined, /nothing answers/],
    ['its own request coming back', () => JK_READ_ALL, /no readable answer/],
    ['half an answer', () => B1A20S15P.subarray(0, 200), /no readable answer/],
    ['a broken sum', () => damaged(B1A20S15P, 60), /no readable answer/],
  ])('%s ends the reading', async (_, answering, message) => {
    const { clock, wire, read } = serialDevice(answering);
    const { seen, running } = read(jk, OPTIONS);
    const failure = expect(running).rejects.toThrow(message);
    await clock.advance(5000);
    await failure;
    expect([seen, wire.opened]).toEqual([[], undefined]);
  });
});
