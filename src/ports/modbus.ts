/** Modbus through modbus-serial: RTU frames on our own serial lines, or TCP; what goes wrong is told apart. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type ModbusSerial from 'modbus-serial';
import { DeviceError } from '../model.ts';
import { systemClock } from './clock.ts';
import { rtuPort } from './modbus-rtu.ts';
import { type ModbusLink, nameOf, sharedModbus } from './modbus-shared.ts';
import { ModbusError, type ModbusPorts, type ModbusSettings } from './modbus-types.ts';
import type { Clock, SerialPorts } from './types.ts';

type Client = ModbusSerial.default;
type Next<T> = (error: Error | null, answer: T) => void;
type Settings<T extends ModbusSettings['transport']> = ModbusSettings & { readonly transport: T };

const CONNECT_MS = 5_000;

/** All Modbus buses of this machine; lines are opened through `serial`, so that a port has one owner in this program. */
export function kernelModbus(serial: SerialPorts, clock: Clock = systemClock()): ModbusPorts {
  return sharedModbus(
    (settings, signal) => (settings.transport === 'rtu' ? openRtu(serial, settings, clock, signal) : openTcp(settings, clock, signal)),
    clock,
    (path) => serial.adapterOf(path),
  );
}

async function openRtu(serial: SerialPorts, settings: Settings<'rtu'>, clock: Clock, signal: AbortSignal): Promise<ModbusLink> {
  const Client = await loadClient();
  const { path, baudRate, parity, stopBits } = settings;
  const line = await serial.open(path, { baudRate, dataBits: 8, parity, stopBits }, signal);
  const lost = new AbortController();
  const port = rtuPort(line, (cause) => lost.abort(goneError(path, cause)));
  const client = new Client(port);
  await new Promise<void>((resolve) => client.open(resolve));
  const close = (): Promise<void> => {
    port.isOpen = false;
    return Promise.resolve(line[Symbol.asyncDispose]());
  };
  return linkOf({ client, where: path, clock, lost, heardBytes: () => port.heardBytes, close });
}

async function openTcp(settings: Settings<'tcp'>, clock: Clock, signal: AbortSignal): Promise<ModbusLink> {
  const Client = await loadClient();
  const where = nameOf(settings);
  const socket = await connected(settings, clock, signal);
  const client = new Client();
  await client.linkTCP(socket, { port: settings.port });
  const lost = new AbortController();
  // modbus-serial says nothing of a connection that was reset: the socket is watched here.
  let cause: unknown;
  socket.on('error', (error) => {
    cause = error;
  });
  socket.on('close', () => lost.abort(goneError(where, cause)));
  const close = async (): Promise<void> => void socket.destroy();
  return linkOf({ client, where, clock, lost, heardBytes: () => 0, close });
}

async function connected({ host, port }: Settings<'tcp'>, clock: Clock, signal: AbortSignal): Promise<Socket> {
  const late = new AbortController();
  const cancel = clock.after(CONNECT_MS, () => late.abort());
  const socket = connect({ host, port, noDelay: true, keepAlive: true });
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([late.signal, signal]) });
    return socket;
  } catch (cause) {
    socket.on('error', () => undefined);
    socket.destroy();
    signal.throwIfAborted();
    const why = late.signal.aborted ? 'does not answer' : `cannot be reached (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`;
    throw new DeviceError(`${host}:${port} ${why}`, { cause, mend: 'Check host, tcp_port and the network of the gateway' });
  } finally {
    cancel();
  }
}

async function loadClient(): Promise<typeof ModbusSerial.default> {
  try {
    return (await import('modbus-serial')).default.default;
  } catch (cause) {
    throw new DeviceError('the modbus-serial package is not installed', { cause, mend: 'Install again: npm ci' });
  }
}

interface OpenClient {
  readonly client: Client;
  readonly where: string;
  readonly clock: Clock;
  readonly lost: AbortController;
  heardBytes(): number;
  close(): Promise<void>;
}

function linkOf(open: OpenClient): ModbusLink {
  const { client, lost } = open;
  // An emitter without a listener would end the program.
  client.on('error', () => undefined);
  const codes = { 1: client.writeFC1, 2: client.writeFC2, 3: client.writeFC3, 4: client.writeFC4 } as const;
  return {
    lost: lost.signal,
    async read(code, unit, address, count, timeoutMs) {
      const start = codes[code] as Start<Data>;
      const { data } = await transfer<Data>(open, unit, timeoutMs, (next) => start.call(client, unit, address, count, next));
      return Array.from({ length: count }, (_, i) => Number(data[i]));
    },
    async writeCoil(unit, address, on, timeoutMs) {
      const answer = await transfer<{ readonly state: boolean; readonly address?: number }>(open, unit, timeoutMs, (next) =>
        client.writeFC5(unit, address, on, next),
      );
      if (answer.state !== on || answer.address !== address) throw new ModbusError('damaged', `unit ${unit} repeated another order`);
    },
    async [Symbol.asyncDispose]() {
      lost.abort(new DeviceError(`${open.where} was closed`));
      await open.close();
    },
  };
}
interface Data {
  readonly data: readonly (number | boolean)[];
}
type Start<T> = (unit: number, address: number, count: number, next: Next<T>) => void;

/** One question and its answer, within its time. The library's own timer is not used: time is the clock's. */
function transfer<T>(open: OpenClient, unit: number, timeoutMs: number, start: (next: Next<T>) => void): Promise<T> {
  const { clock, lost } = open;
  return new Promise((resolve, reject) => {
    const settle = (end: () => void): void => {
      cancel();
      lost.signal.removeEventListener('abort', gone);
      end();
    };
    const gone = (): void => settle(() => reject(lost.signal.reason));
    const cancel = clock.after(timeoutMs, () => settle(() => reject(silence(open.heardBytes(), unit, timeoutMs))));
    lost.signal.addEventListener('abort', gone, { once: true });
    if (lost.signal.aborted) return gone();
    start((error, answer) => settle(() => (error ? reject(faultOf(error, unit, open.where)) : resolve(answer))));
  });
}

function silence(heardBytes: number, unit: number, timeoutMs: number): ModbusError {
  if (heardBytes > 0) return damaged(unit, `${heardBytes} bytes that are no answer`);
  const mend = 'Check the unit number, the power of the device, the speed, and whether A and B are swapped';
  return new ModbusError('timeout', `no answer from unit ${unit} within ${timeoutMs} ms`, { mend });
}

function damaged(unit: number, what: string, cause?: unknown): ModbusError {
  const mend = 'Check the speed and parity, the cable and its end resistors, and that no two units bear the same number';
  return new ModbusError('damaged', `damaged answer from unit ${unit}: ${what}`, { mend, cause });
}

/** What modbus-serial says of an answer, in the words of the house. */
function faultOf(error: Error & { readonly modbusCode?: number }, unit: number, where: string): ModbusError {
  const code = error.modbusCode;
  if (code !== undefined) return new ModbusError('exception', `unit ${unit} refuses (exception ${code})`, { cause: error, code });
  if (error.message === 'Port Not Open') return goneError(where, error);
  return damaged(unit, error.message, error);
}

function goneError(where: string, cause: unknown): ModbusError {
  const text = cause instanceof Error ? cause.message : `${where} was closed`;
  return new ModbusError('gone', text, { cause, mend: 'Plug the adapter in again, or check the connection to the gateway' });
}
