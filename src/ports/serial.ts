/** Serial lines of the kernel through serialport: raw, exclusive, bounded, honest about unplugging. */
import { realpath } from 'node:fs/promises';
import type { SerialPort } from 'serialport';
import { DeviceError } from '../model.ts';
import { byteQueue } from './byte-queue.ts';
import { textLines } from './text-lines.ts';
import type { SerialPorts, SerialSettings } from './types.ts';

/** All serial ports of this machine. */
export function kernelSerial(): SerialPorts {
  return {
    adapterOf: (path) => realpath(path).catch(() => path),
    async open(path, settings, signal) {
      const port = await openPort(path, settings);
      const queue = byteQueue();
      port.on('data', (bytes: Buffer) => queue.push(bytes));
      port.on('error', (error: Error) => queue.end(new DeviceError(`${path}: ${error.message}`, { cause: error })));
      port.on('close', (error: Error | null) => queue.end(error ? new DeviceError(`${path} was unplugged`, { cause: error }) : undefined));
      const abort = (): void => queue.end();
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      return {
        chunks: () => queue.chunks(),
        lines: () => textLines(queue.chunks()),
        write: (bytes) => write(port, path, bytes),
        get droppedBytes() {
          return queue.dropped;
        },
        async [Symbol.asyncDispose]() {
          signal.removeEventListener('abort', abort);
          queue.end();
          if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
        },
      };
    },
  };
}

async function openPort(path: string, settings: SerialSettings): Promise<SerialPort> {
  let Port: typeof SerialPort;
  try {
    ({ SerialPort: Port } = await import('serialport'));
  } catch (cause) {
    throw new DeviceError('the serialport package is not installed', { cause, mend: 'Install again: npm ci' });
  }
  // `lock` is TIOCEXCL: two readers of one line would each get half of the bytes.
  const port = new Port({ path, ...settings, lock: true, autoOpen: false, hupcl: false });
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(openError(path, error)) : resolve())));
  return port;
}

function openError(path: string, cause: Error): DeviceError {
  const text = cause.message;
  if (/no such file|ENOENT|ENXIO|ENODEV/i.test(text)) {
    const mend = 'Plug the adapter in; give its name from /dev/serial/by-id, which does not change';
    return new DeviceError(`${path} does not exist`, { cause, mend });
  }
  if (/lock|busy|EBUSY/i.test(text)) {
    return new DeviceError(`${path} is used by another program`, { cause, mend: 'Only one program can read it: switch the other one off' });
  }
  if (/permission|EACCES|EPERM/i.test(text)) {
    return new DeviceError(`${path} may not be opened`, { cause, mend: 'Give the app its uart right, or the user the group dialout' });
  }
  return new DeviceError(`${path}: ${text}`, { cause });
}

function write(port: SerialPort, path: string, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => reject(new DeviceError(`${path}: ${cause.message}`, { cause }));
    port.write(Buffer.from(bytes), (error) => (error ? fail(error) : port.drain((late) => (late ? fail(late) : resolve()))));
  });
}
