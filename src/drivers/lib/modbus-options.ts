/** The options that all Modbus devices share, and what they mean for the port. */
import type { JSONSchemaType } from 'ajv';
import { ConfigError } from '../../model.ts';
import type { ModbusSettings, ModbusTarget } from '../../ports/modbus-types.ts';

export interface ModbusOptions {
  readonly transport: 'rtu' | 'tcp';
  readonly port?: string | null;
  readonly baud_rate: number;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stop_bits: 1 | 2;
  readonly host?: string | null;
  readonly tcp_port: number;
  readonly unit: number;
  readonly timeout_ms: number;
  readonly period_s: number;
}
type Properties = JSONSchemaType<ModbusOptions>['properties'];

export const MODBUS_REQUIRED = ['transport', 'baud_rate', 'parity', 'stop_bits', 'tcp_port', 'unit', 'timeout_ms', 'period_s'] as const;

const LINE = {
  transport: {
    type: 'string',
    enum: ['rtu', 'tcp'],
    default: 'rtu',
    description: 'How it is reached: rtu (serial line) or tcp (network)',
    fr: 'Liaison : rtu (ligne série) ou tcp (réseau)',
  },
  port: {
    type: 'string',
    minLength: 1,
    maxLength: 255,
    nullable: true,
    description: 'rtu: serial port, best its name in /dev/serial/by-id',
    fr: 'rtu : port série, de préférence son nom dans /dev/serial/by-id',
  },
  parity: {
    type: 'string',
    enum: ['none', 'even', 'odd'],
    default: 'none',
    description: 'rtu: parity of the line',
    fr: 'rtu : parité de la ligne',
  },
  stop_bits: { type: 'integer', enum: [1, 2], default: 1, description: 'rtu: stop bits', fr: "rtu : bits d'arrêt" },
} as const;
const GATEWAY = {
  host: {
    type: 'string',
    minLength: 1,
    maxLength: 255,
    nullable: true,
    description: 'tcp: name or address of the device or gateway',
    fr: "tcp : nom ou adresse de l'appareil ou de la passerelle",
  },
  tcp_port: { type: 'integer', minimum: 1, maximum: 65_535, default: 502, description: 'tcp: port', fr: 'tcp : port' },
} as const;

/** Schema of the shared options; speed of the line (baud) and pause between two readings (s) are the device's own. */
export function modbusProperties({ baudRate, periodS }: { readonly baudRate: number; readonly periodS: number }): Properties {
  return {
    ...LINE,
    ...GATEWAY,
    baud_rate: {
      type: 'integer',
      minimum: 300,
      maximum: 1_000_000,
      default: baudRate,
      description: `rtu: speed of the line in baud (usual here: ${baudRate})`,
      fr: `rtu : vitesse de la ligne en bauds (courant ici : ${baudRate})`,
    },
    unit: {
      type: 'integer',
      minimum: 0,
      maximum: 255,
      default: 1,
      description: 'Modbus number of the device, 1 to 247',
      fr: "Numéro Modbus de l'appareil, de 1 à 247",
    },
    timeout_ms: {
      type: 'integer',
      minimum: 50,
      maximum: 20_000,
      default: 1_000,
      description: 'Longest wait for an answer, ms',
      fr: "Attente maximale d'une réponse, ms",
    },
    period_s: {
      type: 'number',
      minimum: 0.5,
      maximum: 3600,
      default: periodS,
      description: 'Pause between two readings, s',
      fr: 'Pause entre deux relevés, s',
    },
  };
}

/** Where the device is. Throws ConfigError when the file says half of it, or both. Few devices answer to unit 0 on a line. */
export function settingsOf(o: ModbusOptions, firstUnit: 0 | 1 = 1): ModbusSettings {
  const rtu = o.transport === 'rtu';
  const [given, other] = rtu ? (['port', 'host'] as const) : (['host', 'port'] as const);
  if (typeof o[other] === 'string') {
    throw new ConfigError(other, `${other} is given with transport: ${o.transport}`, `Leave ${other} out, or change transport`);
  }
  if (typeof o[given] !== 'string') throw new ConfigError(given, `${given} is missing`, `transport: ${o.transport} needs ${given}`);
  // Unit 0 speaks to all devices of a line at once, and none of them answers.
  if (rtu && (o.unit < firstUnit || o.unit > 247)) {
    throw new ConfigError('unit', `unit ${o.unit} is none of a line`, `Give a number from ${firstUnit} to 247`);
  }
  if (!rtu) return { transport: 'tcp', host: String(o.host), port: o.tcp_port };
  return { transport: 'rtu', path: String(o.port), baudRate: o.baud_rate, parity: o.parity, stopBits: o.stop_bits };
}

/** Whom to ask, and how long to wait. */
export function targetOf({ unit, timeout_ms }: ModbusOptions): ModbusTarget {
  return { unit, timeoutMs: timeout_ms };
}
