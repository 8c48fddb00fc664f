/** One virtual machine: Debian's kernel under QEMU, its serial wires, disk and network reachable from here. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { connectAgent } from './agent.ts';
import { connectQmp, type Qmp } from './qmp.ts';

export interface MachineOptions {
  /** Port on this machine that the guest reaches as 10.0.2.100:1883. */
  readonly brokerPort: number;
  /** Image of the data disk; kept by the caller between machines. */
  readonly dataDisk: string;
  readonly memoryMb?: number;
  /** Wall clock at power-on, such as `1970-01-01T00:00:10`; the host's by default. */
  readonly rtc?: string;
}
export interface Machine extends AsyncDisposable {
  /** Runs a shell command in the guest; throws with its output when it fails. */
  sh(command: string, timeoutMs?: number): Promise<string>;
  /** Runs it, whatever its exit code. */
  try(command: string, timeoutMs?: number): Promise<{ readonly code: number; readonly output: string }>;
  /** The host's ends of the TIC line and of the USB adapter. */
  readonly tic: Socket;
  usb(chardev?: 'usb' | 'usb2' | 'usb3'): Promise<Socket>;
  readonly qmp: Qmp;
  /** Like the reset button: the kernel ends in the middle of what it does; resolves when the guest answers again. */
  reset(): Promise<void>;
  readonly bootMs: number;
}

const env = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start this suite with scripts/test-kernel`);
  return value;
};
export const work = (): string => env('LAB_WORK');
export const long = process.env.LAB_LONG === '1';
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function command(folder: string, app: string, { brokerPort, dataDisk, memoryMb = 512, rtc }: MachineOptions): string[] {
  const kvm = process.env.LAB_ACCEL === 'kvm';
  const socket = (id: string): string => `socket,id=${id},path=${join(folder, `${id}.sock`)},server=on,wait=off`;
  const disk = (file: string, readonly: boolean): string[] => [
    '-drive',
    `file=${file},format=raw,if=virtio${readonly ? ',readonly=on' : ''}`,
  ];
  return [
    ...[
      '-machine',
      'pc',
      '-accel',
      kvm ? 'kvm' : 'tcg',
      '-cpu',
      kvm ? 'host,arch-capabilities=off' : 'max',
      '-smp',
      '2',
      '-m',
      String(memoryMb),
    ],
    ...['-nodefaults', '-display', 'none', '-kernel', join(env('LAB_ASSETS'), 'vmlinuz'), '-initrd', join(env('LAB_ASSETS'), 'initrd.gz')],
    ...['-append', 'console=ttyS0 quiet loglevel=5 panic=-1 rdinit=/init'],
    ...['-chardev', `file,id=console,path=${join(folder, 'console.log')},append=on`, '-serial', 'chardev:console'],
    ...['-chardev', socket('tic'), '-serial', 'chardev:tic'],
    ...['-device', 'virtio-serial-pci', '-chardev', socket('agent'), '-device', 'virtserialport,chardev=agent,name=lab'],
    ...disk(join(env('LAB_DISKS'), 'root.ext4'), true),
    ...disk(app, true),
    ...disk(dataDisk, false),
    ...[
      '-usb',
      '-chardev',
      socket('usb'),
      '-chardev',
      socket('usb2'),
      '-chardev',
      socket('usb3'),
      '-qmp',
      `unix:${join(folder, 'qmp.sock')},server=on,wait=off`,
    ],
    // Nothing but the broker can be reached from the guest.
    ...['-netdev', `user,id=net,restrict=on,guestfwd=tcp:10.0.2.100:1883-cmd:socat - TCP:127.0.0.1:${brokerPort}`],
    ...['-device', 'virtio-net-pci,netdev=net,romfile='],
    ...(rtc === undefined ? [] : ['-rtc', `base=${rtc}`]),
  ];
}

/** Boots; resolves when the guest takes commands. */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const folder = mkdtempSync(join(work(), 'vm-'));
  const app = join(folder, 'app.ext4');
  copyFileSync(join(work(), 'app.ext4'), app);
  const begun = performance.now();
  const qemu = spawn('qemu-system-x86_64', command(folder, app, options), { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  qemu.stderr.on('data', (bytes: Buffer) => (complaint += bytes));
  const ended = new Promise<void>((resolve) => qemu.once('exit', () => resolve()));
  const console = (): string => readFileSync(join(folder, 'console.log'), 'utf8').slice(-2_000);
  try {
    const qmp = await connectQmp(await socketOf(join(folder, 'qmp.sock'), qemu, () => complaint));
    const tic = await socketOf(join(folder, 'tic.sock'), qemu, () => complaint);
    let agent = await connectAgent(await socketOf(join(folder, 'agent.sock'), qemu, () => complaint), console);
    const bootMs = performance.now() - begun;
    return {
      sh: (text, timeoutMs) => agent.sh(text, timeoutMs),
      try: (text, timeoutMs) => agent.try(text, timeoutMs),
      tic,
      usb: (chardev = 'usb') => socketOf(join(folder, `${chardev}.sock`), qemu, () => complaint),
      qmp,
      async reset() {
        agent = await agent.renewed(() => qmp.execute('system_reset'));
      },
      bootMs,
      async [Symbol.asyncDispose]() {
        qemu.kill('SIGKILL');
        await ended;
        for (const socket of [tic, agent.socket]) socket.destroy();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    qemu.kill('SIGKILL');
    throw new Error(`the guest did not start: ${complaint || String(error)}\n${existsSync(join(folder, 'console.log')) ? console() : ''}`);
  }
}

async function socketOf(path: string, qemu: ChildProcess, complaint: () => string): Promise<Socket> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (qemu.exitCode !== null) throw new Error(`QEMU ended: ${complaint()}`);
    const socket = createConnection(path);
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (open) {
      socket.on('error', () => undefined);
      return socket;
    }
    await wait(50);
  }
  throw new Error(`${path} did not appear`);
}
