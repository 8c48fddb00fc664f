/** Modbus in memory: units are answers behind a port and a number; they can be silent, refuse addresses, and be unplugged. */
import { DeviceError } from '../../model.ts';
import { type ModbusLink, nameOf, type ReadFunction, sharedModbus } from '../modbus-shared.ts';
import { ModbusError, type ModbusPorts, type ModbusSettings } from '../modbus-types.ts';
import type { Clock } from '../types.ts';

export interface SimulatedUnit {
  /** A word, or a bit as 0 or 1. Undefined: the unit refuses the whole request (exception 2), as real ones do. */
  read(code: ReadFunction, address: number): number | undefined;
  /** False: refused. Absent: no coil can be written. */
  writeCoil?(address: number, on: boolean): boolean;
  /** Longest answer in words; more is refused with exception 3. */
  readonly maxCount?: number;
}
export interface SimulatedModbusPort {
  /** May change while running: a unit that is absent says nothing. */
  readonly units: Map<number, SimulatedUnit>;
  /** Ends the handles of all users; the port cannot be opened until `plug`. */
  unplug(): void;
  plug(): void;
  /** How the port is open now. */
  readonly opened: ModbusSettings | undefined;
  /** Every request that was sent: `[unit, function, address, count]`. */
  readonly requests: (readonly [number, number, number, number])[];
}
export interface SimulatedModbus extends ModbusPorts {
  /** `path` of a line or `host:port`. Ports exist as soon as they are asked for. */
  port(name: string): SimulatedModbusPort;
}

interface Wire extends SimulatedModbusPort {
  opened: ModbusSettings | undefined;
  plugged: boolean;
  lost: AbortController;
}

/** Ports in memory; silence takes the time of `clock`. */
export function simulatedModbus(clock: Clock): SimulatedModbus {
  const wires = new Map<string, Wire>();
  const shared = sharedModbus(async (settings) => openWire(wires.get(nameOf(settings)), settings, clock), clock);
  return {
    open: (settings, signal) => shared.open(settings, signal),
    port(name) {
      const wire = wires.get(name) ?? newWire(name);
      wires.set(name, wire);
      return wire;
    },
  };
}

function newWire(name: string): Wire {
  return {
    units: new Map(),
    requests: [],
    opened: undefined,
    plugged: true,
    lost: new AbortController(),
    unplug() {
      this.plugged = false;
      this.lost.abort(new ModbusError('gone', `${name} was unplugged`));
    },
    plug() {
      this.plugged = true;
    },
  };
}

function openWire(wire: Wire | undefined, settings: ModbusSettings, clock: Clock): ModbusLink {
  if (wire === undefined || !wire.plugged) throw new DeviceError(`${nameOf(settings)} does not exist`, { mend: 'Plug the adapter in' });
  wire.opened = settings;
  wire.lost = new AbortController();
  const lost = wire.lost.signal;
  const asked = async (unit: number, timeoutMs: number): Promise<SimulatedUnit> => {
    const found = wire.units.get(unit);
    if (found !== undefined) return found;
    await clock.sleep(timeoutMs);
    throw new ModbusError('timeout', `no answer from unit ${unit} within ${timeoutMs} ms`);
  };
  return {
    lost,
    async read(code, unit, address, count, timeoutMs) {
      wire.requests.push([unit, code, address, count]);
      return readAll(await asked(unit, timeoutMs), unit, code, address, count);
    },
    async writeCoil(unit, address, on, timeoutMs) {
      wire.requests.push([unit, 5, address, on ? 1 : 0]);
      const found = await asked(unit, timeoutMs);
      if (found.writeCoil?.(address, on) !== true) throw refusal(unit, 2);
    },
    async [Symbol.asyncDispose]() {
      if (wire.lost.signal === lost) wire.opened = undefined;
    },
  };
}

function readAll(unit: SimulatedUnit, number: number, code: ReadFunction, address: number, count: number): readonly number[] {
  if (count > (unit.maxCount ?? 125)) throw refusal(number, 3);
  return Array.from({ length: count }, (_, i) => {
    const word = unit.read(code, address + i);
    if (word === undefined) throw refusal(number, 2);
    return word & (code <= 2 ? 1 : 0xffff);
  });
}

function refusal(unit: number, code: number): ModbusError {
  return new ModbusError('exception', `unit ${unit} refuses (exception ${code})`, { code });
}
