/** Commands to the guest over a virtio port: one line each way, text in base64 (see scripts/kernel/lab-init). */
import type { Socket } from 'node:net';

export interface Agent {
  readonly socket: Socket;
  sh(command: string, timeoutMs?: number): Promise<string>;
  try(command: string, timeoutMs?: number): Promise<{ readonly code: number; readonly output: string }>;
  /** After `reboot` the guest says again that it is ready; what was asked before is lost. */
  renewed(reboot: () => Promise<unknown>): Promise<Agent>;
}
type Answer = { readonly code: number; readonly output: string };

const READY_MS = 120_000;

/** Resolves when the guest says that it is ready. */
export async function connectAgent(socket: Socket, console: () => string): Promise<Agent> {
  const waiting = new Map<string, (answer: Answer | Error) => void>();
  let lastId = 0;
  let rest = '';
  socket.on('data', (bytes: Buffer) => {
    const lines = (rest + bytes.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [id = '', code = '', text = ''] = line.split(' ');
      waiting.get(id)?.({ code: Number(code), output: Buffer.from(text, 'base64').toString('utf8') });
      waiting.delete(id);
    }
  });
  const answer = (id: string, timeoutMs: number, what: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error(`the guest did not answer in ${timeoutMs} ms: ${what}\n${console()}`));
      }, timeoutMs);
      waiting.set(id, (result) => {
        clearTimeout(timer);
        result instanceof Error ? reject(result) : resolve(result);
      });
    });
  const agent: Agent = {
    socket,
    async try(command, timeoutMs = 30_000) {
      const id = String((lastId += 1));
      const result = answer(id, timeoutMs, command);
      socket.write(`${id} ${Buffer.from(command).toString('base64')}\n`);
      return result;
    },
    async sh(command, timeoutMs) {
      const { code, output } = await agent.try(command, timeoutMs);
      if (code !== 0) throw new Error(`${command}\nended with ${code}: ${output}`);
      return output;
    },
    async renewed(reboot) {
      for (const fail of waiting.values()) fail(new Error('the guest was reset'));
      waiting.clear();
      rest = '';
      const ready = answer('ready', READY_MS, 'boot');
      await reboot();
      await ready;
      return agent;
    },
  };
  await answer('ready', READY_MS, 'boot');
  return agent;
}
