/** QEMU's own control channel (QMP): reset, plug and unplug. */
import type { Socket } from 'node:net';

export interface Qmp {
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Resolves at the next event of this name. */
  event(name: string): Promise<void>;
}

export async function connectQmp(socket: Socket): Promise<Qmp> {
  const answers: ((answer: { readonly return?: unknown; readonly error?: { readonly desc: string } }) => void)[] = [];
  const listeners = new Map<string, (() => void)[]>();
  let rest = '';
  socket.on('data', (bytes: Buffer) => {
    const lines = (rest + bytes.toString('utf8')).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line) as { event?: string; return?: unknown; error?: { desc: string }; QMP?: unknown };
      if (message.event !== undefined) for (const hear of listeners.get(message.event)?.splice(0) ?? []) hear();
      else if (message.QMP === undefined) answers.shift()?.(message);
    }
  });
  const execute = (command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      answers.push(({ return: result, error }) => (error === undefined ? resolve(result) : reject(new Error(`${command}: ${error.desc}`))));
      socket.write(JSON.stringify({ execute: command, arguments: args }));
    });
  await execute('qmp_capabilities');
  return {
    execute,
    event: (name) =>
      new Promise((resolve) => {
        listeners.set(name, [...(listeners.get(name) ?? []), resolve]);
      }),
  };
}
