/** What a Modbus bus looks like to drivers: registers of units that share a line or a gateway. */
import { DeviceError } from '../model.ts';
import type { SerialSettings } from './types.ts';

/** Where a Modbus bus is. Serial lines have 8 data bits (Modbus over serial line 2.5.1). */
export type ModbusSettings =
  | (Omit<SerialSettings, 'dataBits'> & { readonly transport: 'rtu'; readonly path: string })
  | { readonly transport: 'tcp'; readonly host: string; readonly port: number };
/** Whom a call asks. Units 1 to 247 on a line (0 too, where a device answers to it), 0 to 255 behind a gateway. */
export interface ModbusTarget {
  readonly unit: number;
  /** How long to wait for the answer, 1000 ms unless given; waiting for the turn is not counted. */
  readonly timeoutMs?: number;
}
/** Addresses as they travel, from 0. At most 125 registers or 2000 bits a call. Every method throws ModbusError. */
export interface ModbusBus extends AsyncDisposable {
  /** Function 3. Words of 16 bits, unsigned, exactly `count`. */
  readHolding(target: ModbusTarget, address: number, count: number): Promise<readonly number[]>;
  /** Function 4. */
  readInput(target: ModbusTarget, address: number, count: number): Promise<readonly number[]>;
  /** Function 1. */
  readCoils(target: ModbusTarget, address: number, count: number): Promise<readonly boolean[]>;
  /** Function 2. */
  readDiscrete(target: ModbusTarget, address: number, count: number): Promise<readonly boolean[]>;
  /** Function 5; resolves when the unit repeated the order. */
  writeCoil(target: ModbusTarget, address: number, on: boolean): Promise<void>;
}
export interface ModbusPorts {
  /**
   * One handle is shared by all who open the same port; they take turns, one transfer at a time. Throws ConfigError when others
   * use the port with another speed or frame, DeviceError when it cannot be opened. A lost port ends the handle of every user.
   * A unit at whose question a gateway closed the connection is asked after the others on the next one.
   */
  open(settings: ModbusSettings, signal: AbortSignal): Promise<ModbusBus>;
}
/**
 * `timeout`: the unit said nothing; `exception`: it refused, see `code`; `damaged`: what came is no answer (checksum, length,
 * another unit); `gone`: the port is lost for everybody and must be opened again.
 */
export type ModbusFault = 'timeout' | 'exception' | 'damaged' | 'gone';
export class ModbusError extends DeviceError {
  readonly fault: ModbusFault;
  /** Exception code of the unit: 1 function, 2 address, 3 value or length not supported, 4 failure, 6 busy, 10 and 11 gateway. */
  readonly code: number | undefined;
  constructor(
    fault: ModbusFault,
    problem: string,
    options: { readonly mend?: string; readonly cause?: unknown; readonly code?: number } = {},
  ) {
    super(problem, options);
    this.name = 'ModbusError';
    this.fault = fault;
    this.code = options.code;
  }
}
