import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBit, readSignal, type Signal } from '../../../src/drivers/lib/can-signal.ts';

/** Writes a signal as a sender does: one bit after the other, falling in the byte, then on to the next. */
function write(data: Uint8Array, { start, length }: Signal, raw: bigint): void {
  let place = start;
  for (let bit = length - 1; bit >= 0; bit -= 1) {
    const mask = 1 << (place & 7);
    const byte = data[place >> 3] ?? 0;
    data[place >> 3] = ((raw >> BigInt(bit)) & 1n) === 1n ? byte | mask : byte & ~mask;
    place = (place & 7) === 0 ? place + 15 : place - 1;
  }
}
const bitsFrom = (start: number): number => 64 - ((start & ~7) + 7 - (start & 7));
const signals = fc
  .integer({ min: 0, max: 63 })
  .chain((start) =>
    fc.record({ start: fc.constant(start), length: fc.integer({ min: 1, max: Math.min(32, bitsFrom(start)) }), signed: fc.boolean() }),
  );

describe('a big-endian signal', () => {
  test('comes out as it was put in, whatever stands around it', () => {
    fc.assert(
      fc.property(
        signals,
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (signal, data, share) => {
          const raw = Math.floor(share * (2 ** signal.length - 1));
          const value = signal.signed && raw >= 2 ** (signal.length - 1) ? raw - 2 ** signal.length : raw;
          write(data, signal, BigInt(raw));
          expect(readSignal(data, signal)).toBe(value);
        },
      ),
    );
  });
  test('leaves its neighbours alone: bits outside of it change nothing', () => {
    fc.assert(
      fc.property(signals, fc.uint8Array({ minLength: 8, maxLength: 8 }), (signal, data) => {
        const before = readSignal(data, signal);
        const other = Uint8Array.from(data, (byte) => ~byte & 0xff);
        const raw = readSignal(data, { ...signal, signed: false }) ?? 0;
        write(other, signal, BigInt(raw));
        expect(readSignal(other, signal)).toBe(before);
      }),
    );
  });
  test('beyond the frame there is none', () => {
    fc.assert(
      fc.property(signals, fc.uint8Array({ maxLength: 7 }), (signal, data) => {
        const value = readSignal(data, signal);
        expect(value === undefined).toBe(64 - bitsFrom(signal.start) + signal.length > 8 * data.length);
        if (value !== undefined) expect(Number.isSafeInteger(value)).toBe(true);
      }),
    );
  });
  test('a factor brings no noise', () => {
    expect(readSignal(Uint8Array.of(0x02, 0xf1), { start: 7, length: 16, factor: 0.1 })).toBe(75.3);
    expect(readSignal(Uint8Array.of(0xff, 0xff), { start: 7, length: 16, signed: true, factor: 0.01 })).toBe(-0.01);
  });
  test('a bit is counted from the lowest of its byte', () => {
    expect([readBit(Uint8Array.of(0, 0x10), 12), readBit(Uint8Array.of(0, 0x10), 11), readBit(new Uint8Array(), 3)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
