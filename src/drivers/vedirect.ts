/** Victron solar chargers, battery monitors and shunts through their VE.Direct port: listens only, so nothing there is ever changed. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Entity } from '../model.ts';
import type { SensorDriver } from './driver.ts';
import { chunksUntil } from './lib/chunks-until.ts';
import { PORT } from './lib/serial-options.ts';
import { VEDIRECT_ENTITIES, veValues } from './lib/vedirect-fields.ts';
import { createVeDecoder } from './lib/vedirect-frame.ts';

interface VeDirectOptions {
  readonly port: string;
}

const options: JSONSchemaType<VeDirectOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['port'],
  properties: { port: PORT },
};

/** Blocks come every second: without a good one for this long the device counts as lost. */
const LOST_MS = 10_000;

export const vedirect: SensorDriver<VeDirectOptions, Readonly<Record<string, Entity>>> = {
  type: 'vedirect',
  title: { en: 'Victron VE.Direct (MPPT, BMV, SmartShunt)', fr: 'Victron VE.Direct (MPPT, BMV, SmartShunt)' },
  proof: 'recorded',
  options,
  describe: () => ({ manufacturer: 'Victron Energy', model: 'VE.Direct', periodMs: 2000, entities: VEDIRECT_ENTITIES, identity: 'serial' }),
  async *read({ options: o, ports, clock, signal }) {
    await using line = await ports.serial.open(o.port, { baudRate: 19_200, dataBits: 8, parity: 'none', stopBits: 1 }, signal);
    const { push, counts } = createVeDecoder();
    let bytes = 0;
    let deadlineMs = clock.monotonicMs() + LOST_MS;
    let before = { ...counts };
    for await (const chunk of chunksUntil(line, clock, () => deadlineMs)) {
      bytes += chunk.length;
      for (const block of push(chunk)) {
        deadlineMs = clock.monotonicMs() + LOST_MS;
        bytes = 0;
        before = { ...counts };
        yield veValues(block);
      }
    }
    if (!signal.aborted) throw lost(o.port, bytes, counts.bad - before.bad, counts.hex - before.hex);
  },
};

function lost(port: string, bytes: number, bad: number, hex: number): DeviceError {
  if (bytes === 0) {
    const mend = 'Check the VE.Direct cable, and that the device has power: chargers sleep without battery and sun';
    return new DeviceError(`silence on ${port}`, { mend });
  }
  if (hex > 0 && bad === 0) {
    const mend = 'Another program keeps the device in its hex mode: stop it, or wait a minute';
    return new DeviceError(`only hex records on ${port}`, { mend });
  }
  const mend = 'Use a VE.Direct cable (19200 baud, 3.3 V or 5 V as the device needs) and keep it short';
  return new DeviceError(`no good VE.Direct block on ${port} (${bytes} bytes, ${bad} bad blocks)`, { mend });
}
