/** What every driver promises, also the next one: nobody writes a line for it here. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { demoYaml } from '../../src/config/demo.ts';
import { toHouse } from '../../src/config/house.ts';
import { deviceSchema } from '../../src/config/schema.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { createAjv } from '../../src/config/validators.ts';
import { drivers } from '../../src/drivers/index.ts';
import { BOOLEAN_QUANTITIES, type Description, TEXT_QUANTITIES, UNITS, type Value } from '../../src/model.ts';
import { sharedSerial } from '../../src/ports/serial-shared.ts';
import { simulatedCan } from '../../src/ports/sim/can.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { simulatedGpio } from '../../src/ports/sim/gpio.ts';
import { simulatedI2c } from '../../src/ports/sim/i2c.ts';
import { simulatedModbus } from '../../src/ports/sim/modbus.ts';
import { simulatedSerial } from '../../src/ports/sim/serial.ts';
import { simulatedSubscriptions } from '../../src/ports/sim/subscriptions.ts';
import type { Ports } from '../../src/ports/types.ts';

/** What the demonstration simulates, and for the other drivers the example of the documentation. */
const [, documented = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('DOCS.md', 'utf8')) ?? [];
const examples = [demoYaml('en'), documented].flatMap((yaml) => toHouse(validateHouse(yaml, 'example', drivers).raw).devices);

describe.each(drivers.map((driver) => [driver.type, driver] as const))('%s', (type, driver) => {
  const example = examples.find((device) => device.type === type);
  const options = (example?.options ?? {}) as Record<string, never>;
  const description = driver.describe(options) as Description;

  test('has an example in the demonstration or in the documentation', () => expect(example).toBeDefined());
  test('its options are a strict schema, each explained in both languages', () => {
    expect(() => createAjv().compile(deviceSchema(driver))).not.toThrow();
    expect(driver.options.additionalProperties).toBe(false);
    for (const [key, schema] of Object.entries(driver.options.properties as Record<string, { description?: string; fr?: string }>)) {
      expect(key).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(schema.description, key).toMatch(/\w{2}/);
      expect(schema.fr, key).toMatch(/\w{2}/);
    }
  });
  test('describes itself without a device, the same each time', () => {
    expect(driver.describe(options)).toEqual(description);
    expect(description.periodMs).toBeGreaterThan(0);
    expect(Object.keys(description.entities).length).toBeGreaterThan(0);
  });
  test('its entities have stable ids, names in both languages, and fit their quantities', () => {
    for (const [key, entity] of Object.entries(description.entities)) {
      expect(key).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(entity.name.en, key).not.toBe('');
      expect(entity.name.fr, key).not.toBe('');
      expect(Object.keys(UNITS)).toContain(entity.quantity);
      expect(entity.quantity === 'enum', key).toBe(entity.options !== undefined);
      if (entity.attributeOf !== undefined) expect(Object.keys(description.entities)).toContain(entity.attributeOf);
      if (entity.total !== undefined)
        expect(['energy', 'reactiveEnergy', 'volumeWater', 'volumeGas', 'charge', 'tally']).toContain(entity.quantity);
    }
    if (description.identity !== undefined) expect(description.entities[description.identity]?.personal).toBe(true);
  });
  test('stands in the device table of the documentation', () => expect(readFileSync('DOCS.md', 'utf8')).toContain(`type: ${type}`));

  test('random hardware gives neither NaN, nor an undeclared value, nor a hang; abort frees everything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 50, maxLength: 600 }), fc.integer({ min: 1, max: 20 }), async (bytes, pulses) => {
        const clock = virtualClock();
        const serial = simulatedSerial();
        const gpio = simulatedGpio(clock);
        let at = 0;
        const word = (): number => ((bytes[at++ % bytes.length] ?? 0) << 8) | (bytes[at++ % bytes.length] ?? 0);
        const registers = new Map<number, number>();
        const chip = {
          read: (register: number) => registers.get(register) ?? word(),
          write: (register: number, value: number) => void registers.set(register, value),
        };
        const i2c = simulatedI2c(new Map([[1, new Map(Array.from({ length: 16 }, (_, i) => [0x40 + i, chip] as const))]]));
        const port = String((options as { port?: string }).port ?? '/dev/none');
        const wire = serial.wire(port);
        const can = simulatedCan(clock);
        const bus = can.bus(port);
        const modbus = simulatedModbus(clock);
        const line = modbus.port(port);
        line.units.set(Number((options as { unit?: number }).unit ?? 1), { read: word });
        const text = [...bytes].map((byte) => (byte < 128 ? String.fromCharCode(byte) : byte.toString(16).padStart(2, '0'))).join(' ');
        const files = { read: async () => text, writeAtomic: async () => undefined };
        const disks = { space: async () => ({ totalBytes: word(), freeBytes: word() }) };
        const subscriptions = simulatedSubscriptions(clock);
        const controller = new AbortController();
        const seen: Record<string, Value>[] = [];
        let ended = false;
        const running = (async () => {
          for await (const values of driver.read({
            options,
            ports: {
              serial,
              serialLines: sharedSerial(serial, clock),
              gpio,
              i2c,
              modbus,
              can,
              subscriptions,
              files,
              disks,
            } as unknown as Ports,
            clock,
            signal: controller.signal,
          }))
            seen.push(values as Record<string, Value>);
        })()
          .catch(() => undefined)
          .finally(() => (ended = true));
        for (let i = 0; i < 10; i += 1) {
          wire.send(bytes, wire.opened?.baudRate ?? 9600);
          for (const { id } of bus.opened?.filters ?? [])
            bus.send(
              id,
              Uint8Array.from({ length: 8 }, () => word() & 0xff),
            );
          for (const topic of subscriptions.topics) subscriptions.say(topic, i % 2 === 0 ? bytes : String(word()));
          gpio.pulse(Number((options as { line?: number }).line ?? 0), pulses);
          await clock.advance(700);
        }
        controller.abort(new Error('stop'));
        await clock.advance(10);
        await running;
        expect(ended).toBe(true);
        expect(wire.opened).toBeUndefined();
        expect(bus.opened).toBeUndefined();
        expect(line.opened).toBeUndefined();
        expect(subscriptions.topics).toEqual([]);
        for (const values of seen) {
          for (const [key, value] of Object.entries(values)) {
            const entity = description.entities[key];
            expect(entity, key).toBeDefined();
            if (value === null || entity === undefined) continue;
            const kind = BOOLEAN_QUANTITIES.has(entity.quantity) ? 'boolean' : TEXT_QUANTITIES.has(entity.quantity) ? 'string' : 'number';
            expect(typeof value, key).toBe(kind);
            if (typeof value === 'number') expect(Number.isFinite(value), key).toBe(true);
          }
        }
      }),
      { numRuns: 15 },
    );
  });
});
