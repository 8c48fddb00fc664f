/** DS18B20 temperature probe on the kernel's 1-Wire bus: every byte it sent is checked before it counts as a temperature. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError } from '../model.ts';
import type { Files } from '../ports/types.ts';
import type { SensorDriver } from './driver.ts';
import { abortable } from './lib/abortable.ts';
import { crc8 } from './lib/crc8.ts';
import { signed16 } from './lib/i2c-chip.ts';
import { stepGuard } from './lib/steps.ts';
import { type TemperatureEntities, temperatureEntities, temperatureTeller } from './lib/temperature.ts';
import { inTurn } from './lib/turns.ts';

interface Ds18b20Options {
  readonly sensor: string;
  readonly directory: string;
  readonly period_s: number;
}

const options: JSONSchemaType<Ds18b20Options> = {
  type: 'object',
  additionalProperties: false,
  required: ['sensor', 'directory', 'period_s'],
  properties: {
    sensor: {
      type: 'string',
      pattern: '^28-[0-9a-f]{12}$',
      description: 'The name of its folder: 28- and 12 digits (0-9, a-f)',
      fr: 'Le nom de son dossier : 28- et 12 chiffres (0-9, a-f)',
    },
    directory: {
      type: 'string',
      pattern: '^/.*[^/]$',
      default: '/sys/bus/w1/devices',
      description: 'Where the kernel shows 1-Wire devices',
      fr: 'Où le noyau montre les appareils 1-Wire',
    },
    period_s: {
      type: 'number',
      minimum: 1,
      maximum: 3600,
      default: 5,
      description: 'Pause between two readings in s',
      fr: 'Pause entre deux lectures en s',
    },
  },
};

/** So many readings in a row with a wrong checksum are no longer noise. */
const MISREADS = 3;
/** Long enough for many probes in turn; after it the kernel's bus hangs. */
const PATIENCE_MS = 60_000;
const WIRES = 'Check its wires and the 4.7 kΩ resistor to 3.3 V';

export const ds18b20: SensorDriver<Ds18b20Options, TemperatureEntities> = {
  type: 'ds18b20',
  title: { en: 'DS18B20 temperature probe (1-Wire)', fr: 'Sonde de température DS18B20 (1-Wire)' },
  proof: 'recorded',
  options,
  describe: ({ period_s }) => ({
    manufacturer: 'Analog Devices',
    model: 'DS18B20',
    periodMs: period_s * 1000,
    entities: temperatureEntities,
  }),
  async *read({ options: o, ports, clock, signal }) {
    const steps = stepGuard();
    const teller = temperatureTeller();
    const patience = { clock, ms: PATIENCE_MS, problem: `probe ${o.sensor} does not answer`, mend: WIRES };
    let misreads = 0;
    for (;;) {
      // A read lasts as long as a conversion (0.75 s) and holds one of the few threads for files: one probe at a time.
      const seen = decode(await abortable(() => inTurn(ports.files, '1-Wire', () => readSlave(ports.files, o)), signal, patience));
      misreads = seen === 'misread' ? misreads + 1 : 0;
      if (typeof seen === 'number' && steps.believes(seen, clock.monotonicMs())) yield teller.measured(seen);
      else teller.refuse();
      if (seen === 'failed' || misreads >= MISREADS) yield teller.failed();
      await clock.sleep(o.period_s * 1000, signal);
    }
  },
};

/**
 * The kernel's `w1_slave` file as °C. `misread`: what came over the wire is not what the probe sent, say nothing. `failed`: the probe
 * itself says that it did not measure. Only the bytes of the first line count: the second line keeps older bytes after an error, and
 * its `t=` is wrong below zero in kernels 5.10 and 5.11.
 */
export function decode(text: string): number | 'misread' | 'failed' {
  const line = /^((?:[0-9a-f]{2} ){9}): crc=([0-9a-f]{2}) YES\s*(?:\n|$)/.exec(text);
  if (line === null) return 'misread';
  const bytes = (line[1] ?? '')
    .trim()
    .split(' ')
    .map((byte) => Number.parseInt(byte, 16));
  if (crc8(bytes) !== 0) return 'misread';
  const [low = 0, high = 0, , , config = 0, , reserved = 0] = bytes;
  // A line held low reads as zeros, whose checksum is right.
  if (bytes.every((byte) => byte === 0)) return 'failed';
  const raw = signed16((high << 8) | low);
  // 85.000 °C with byte 6 = 0x0C is the register at power-on; a measured 85.000 °C has another byte there.
  if (raw === 0x0550 && reserved === 0x0c) return 'failed';
  const celsius = (raw & ~undefinedBits(config)) / 16;
  // 0x07FF (127.94 °C): the supply was too weak for a conversion.
  return celsius < -55 || celsius > 125 ? 'failed' : celsius;
}

/** With 9 to 11 bits of resolution the lowest bits mean nothing; clones may hold anything in the configuration byte. */
function undefinedBits(config: number): number {
  return (config & 0x9f) === 0x1f ? (1 << (3 - (config >> 5))) - 1 : 0;
}

async function readSlave(files: Files, { sensor, directory }: Ds18b20Options): Promise<string> {
  let text: string | undefined;
  try {
    text = await files.read(`${directory}/${sensor}/w1_slave`);
  } catch (cause) {
    throw new DeviceError(`probe ${sensor} does not answer`, { cause, mend: WIRES });
  }
  if (text !== undefined) return text;
  const others = await files.read(`${directory}/w1_bus_master1/w1_master_slaves`).catch(() => undefined);
  if (others === undefined) {
    const enable = 'Enable 1-Wire: dtoverlay=w1-gpio in config.txt, then restart';
    throw new DeviceError(`there is no 1-Wire bus in ${directory}`, { mend: enable });
  }
  const found = others.match(/28-[0-9a-f]{12}/g)?.join(', ') ?? 'none';
  throw new DeviceError(`probe ${sensor} is not on the bus`, { mend: `${WIRES}; probes found: ${found}` });
}
