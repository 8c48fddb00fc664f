/** F5: what is no measurement, as it comes over the wire of a probe and over MQTT. */
import { expect } from 'vitest';
import { w1Slave, w1SlaveOf } from '../../src/ports/sim/ds18b20.ts';
import { fault } from './fault.ts';
import { HOUSE, type Program, program } from './house.ts';

const TOPIC = 'tele/battery';
const VALUE = '{key: t, name: T, path: t, quantity: temperature}';
const TEXT = HOUSE.replace('relays:\n', `  - {id: ext, type: mqtt, topic: ${TOPIC}, stale_s: 25, values: [${VALUE}]}\nrelays:\n`).replace(
  'temperatures: [probe.temperature]',
  'temperatures: [probe.temperature, ext.t]',
);
const OVER_MQTT = ['{"t": NaN}', '{"t": Infinity}', '{"t": "Infinity"}', '{"t": 1e999}', '{"t": -127}', '{"t": "85,0"}', '{"t": "nan"}'];
/** No error: the sender says that it does not know. */
const UNKNOWN = ['{"t": null}', '{"t": ""}', '{"t": "unavailable"}'];
/** Low, high and reserved byte of a scratchpad with a right checksum. */
const ON_THE_WIRE = { '85.00 with 0x0C': [0x50, 0x05, 0x0c], '127.94': [0xff, 0x07, 0x01], '-127': [0x10, 0xf8, 0x10] } as const;

function crc8(bytes: readonly number[]): number {
  let crc = 0;
  for (const byte of bytes) for (let bit = 0; bit < 8; bit += 1) crc = (crc >> 1) ^ ((crc ^ (byte >> bit)) & 1 ? 0x8c : 0);
  return crc;
}
function wire([low, high, reserved]: readonly [number, number, number]): string {
  const bytes = [low, high, 0x4b, 0x46, 0x7f, 0xff, reserved, 0x10];
  return w1SlaveOf([...bytes, crc8(bytes)]);
}

/** Good messages every 5 s, the bad one between two of them; what changed by it. */
async function charging(): Promise<{ p: Program; say(text: string): void; good(seconds: number): Promise<void> }> {
  const p = await program({ text: TEXT });
  const say = (text: string): void => p.brokers.say(TOPIC, text);
  const good = async (seconds: number): Promise<void> => {
    for (let s = 0; s < seconds; s += 5) {
      say(`{"t": ${20 + (s % 2)}}`);
      await p.run(5);
    }
  };
  await good(200);
  expect(p.on('rs_01')).toBe(true);
  return { p, say, good };
}

fault('F5', 'NaN, Infinity, 1e999, −127, "", null over MQTT, each between good ones', 'rejected, counted, no state change', async () => {
  const { p, say, good } = await charging();
  const decisions = p.watched.journal.length;
  for (const bad of OVER_MQTT) {
    const before = Number(p.state('ext').refused ?? 0);
    say(bad);
    await p.run(1);
    expect([19, 20, 21]).toContain(p.state('ext').t);
    await good(10);
    expect(Number(p.state('ext').refused), bad).toBe(before + 1);
  }
  for (const word of UNKNOWN) {
    say(word);
    await p.run(1);
    expect(p.state('ext').t, word).toBe(null);
    await good(10);
    expect(p.state('ext').t).not.toBe(null);
  }
  expect(p.watched.journal.length).toBe(decisions);
  return (
    `${OVER_MQTT.length} of ${OVER_MQTT.length} refused and counted, the value stood; null, "" and unavailable: ` +
    `unknown until the next, never 0; no decision, charge on; ${await p.stop()}`
  );
});

fault('F5', '85.00 with 0x0C, 127.94, −127 from a probe, each between good ones', 'rejected, counted, no state change', async () => {
  const { p, good } = await charging();
  const decisions = p.watched.journal.length;
  const seen: string[] = [];
  for (const [name, bytes] of Object.entries(ON_THE_WIRE)) {
    const text = wire(bytes);
    expect(text).toContain('YES');
    const before = Number(p.state('probe').refused ?? 0);
    p.w1.text = () => text;
    await good(5);
    expect(p.state('probe')).toMatchObject({ temperature: null, sensor_failed: true });
    p.w1.text = () => w1Slave(20);
    await good(10);
    expect(p.state('probe')).toMatchObject({ temperature: 20, sensor_failed: false });
    const refused = Number(p.state('probe').refused) - before;
    expect(refused).toBeGreaterThanOrEqual(1);
    seen.push(`${name} refused ${refused} times`);
  }
  expect(p.watched.journal.length).toBe(decisions);
  expect(p.on('rs_01')).toBe(true);
  return `${seen.join(', ')}; never told as a temperature; no decision, charge on; ${await p.stop()}`;
});
