/** A driver for batteries with ASCII frames: the same polling whatever their answers say. Reference: batteries 5.5. */
import type { JSONSchemaType } from 'ajv';
import type { Entity, Text, Value } from '../../model.ts';
import type { SensorDriver } from '../driver.ts';
import { askAscii } from './ascii-frame.ts';
import { askKnown } from './optional-answers.ts';
import { restOfPeriod } from './rest-of-period.ts';
import { baudRate, PORT, period, unit } from './serial-options.ts';
import { openQueryLine } from './serial-query.ts';

interface AsciiOptions {
  readonly port: string;
  readonly unit: number;
  readonly baud_rate: number;
  readonly period_s: number;
}
type Entities = Readonly<Record<string, Entity>>;
type Row = Record<string, Value>;

export interface AsciiAnswerKind {
  readonly command: number;
  decode(info: Uint8Array): Row;
  /** Not known to every battery: given up when the first asking on a line brings nothing. */
  readonly optional?: true;
}
export interface AsciiBattery {
  readonly type: string;
  readonly title: Text;
  readonly manufacturer: string;
  readonly model: string;
  readonly version: number;
  /** First, last and usual address. */
  readonly units: readonly [first: number, last: number, usual: number];
  readonly baudRate: number;
  readonly entities: Entities;
  readonly answers: readonly AsciiAnswerKind[];
}

export function asciiBattery(battery: AsciiBattery): SensorDriver<AsciiOptions, Entities> {
  const { manufacturer, model, entities } = battery;
  const options: JSONSchemaType<AsciiOptions> = {
    type: 'object',
    additionalProperties: false,
    required: ['port', 'unit', 'baud_rate', 'period_s'],
    properties: { port: PORT, unit: unit(...battery.units), baud_rate: baudRate(battery.baudRate), period_s: period(5) },
  };
  return {
    type: battery.type,
    title: battery.title,
    proof: 'recorded',
    options,
    describe: ({ period_s }) => ({ manufacturer, model, periodMs: period_s * 1000, entities }),
    async *read(context) {
      const { options: o, clock, signal } = context;
      await using line = await openQueryLine(context, {
        path: o.port,
        serial: { baudRate: o.baud_rate, dataBits: 8, parity: 'none', stopBits: 1 },
        timeoutMs: 1000,
        gapMs: 50,
        attempts: 2,
      });
      const device = { version: battery.version, address: o.unit };
      const kinds = new Set(battery.answers);
      for (let proven = false; ; proven = true) {
        const startedMs = clock.monotonicMs();
        yield await askKnown(kinds, proven, async ({ command, decode }) => decode(await askAscii(line, device, command)));
        await restOfPeriod(clock, signal, startedMs, o.period_s);
      }
    },
  };
}
