/** The kernel's side of a GPIO chip, in memory: what the system calls would do, and a record of them. */
import * as abi from '../../src/ports/gpio-abi.ts';
import { cdevGpio } from '../../src/ports/gpio-cdev.ts';
import type { GpioKernel } from '../../src/ports/gpio-kernel.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import type { Clock, Gpio } from '../../src/ports/types.ts';

/** A chip behind the system calls: what the kernel would keep. */
export function fakeKernel(label = 'pinctrl-rp1') {
  const calls: string[] = [];
  const lines = new Map<number, { value: boolean; owner: string }>();
  const queue: Buffer[] = [];
  let nextFd = 10;
  const lineOf = new Map<number, number>();
  let seqno = 0;
  let gone = false;
  const kernel: GpioKernel = {
    open: (path) => {
      if (path === '/dev/gpiochip9') throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
      calls.push(`open ${path}`);
      return nextFd++;
    },
    close: (fd) => void calls.push(`close ${fd}`),
    ioctl(fd, request, bytes) {
      if (gone) throw Object.assign(new Error('ENODEV: ioctl'), { code: 'ENODEV' });
      if (request === abi.IOCTL.chipInfo) {
        bytes.write('gpiochip0', 0);
        bytes.write(label, 32);
        bytes.writeUInt32LE(54, 64);
      } else if (request === abi.IOCTL.lineInfo) bytes.write(lines.get(bytes.readUInt32LE(64))?.owner ?? '', 32);
      else if (request === abi.IOCTL.requestLine) {
        const line = bytes.readUInt32LE(0);
        if (lines.get(line)?.owner) throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' });
        lines.set(line, { value: bytes.readBigUInt64LE(328) === 1n, owner: '' });
        lineOf.set(nextFd, line);
        bytes.writeInt32LE(nextFd++, 588);
        calls.push(`request ${line} ${bytes.readBigUInt64LE(288).toString(16)} ${lines.get(line)?.value}`);
      } else {
        const line = lines.get(lineOf.get(fd) ?? -1);
        if (line === undefined) throw new Error('EBADF');
        if (request === abi.IOCTL.setValues) line.value = (bytes.readBigUInt64LE(0) & 1n) === 1n;
        else bytes.writeBigUInt64LE(line.value ? 1n : 0n, 0);
      }
    },
    setNonBlocking: (fd) => void calls.push(`nonblocking ${fd}`),
    read(_fd, bytes) {
      if (gone) throw Object.assign(new Error('ENODEV: read'), { code: 'ENODEV' });
      const next = queue.shift();
      next?.copy(bytes);
      return next?.length ?? 0;
    },
  };
  return {
    kernel,
    calls,
    lines,
    fdOf: (line: number) => [...lineOf].find(([, other]) => other === line)?.[0],
    unplug: () => void (gone = true),
    startAt: (number: number) => void (seqno = number),
    /** `happened` edges of which only `kept` found room in the kernel's queue. */
    edges(happened: number, kept = happened) {
      const events = Buffer.alloc(48 * kept);
      for (let i = 0; i < kept; i += 1) {
        events.writeBigUInt64LE(process.hrtime.bigint(), i * 48);
        events.writeUInt32LE((seqno + happened - kept + i + 1) >>> 0, i * 48 + 20);
      }
      seqno += happened;
      for (let at = 0; at < events.length; at += 48 * 64) queue.push(events.subarray(at, at + 48 * 64));
    },
  };
}
export const cdev = (fake: ReturnType<typeof fakeKernel>, clock: Clock = virtualClock()): Gpio =>
  cdevGpio({ kernel: fake.kernel, chips: () => ['/dev/gpiochip9', '/dev/gpiochip0'], clock });
export const OUTPUT = { chip: 'auto', line: 5, activeLow: true, initial: false };
export const INPUT = { chip: 'auto', line: 4, bias: 'up', activeLow: true, debounceUs: 5000, edge: 'rising' } as const;
