/** A small client of Home Assistant's WebSocket API: signs in, asks, gets the answer. */

export interface Api extends Disposable {
  /** The result of a command. Rejects with Core's error. */
  ask<T>(type: string, fields?: Readonly<Record<string, unknown>>): Promise<T>;
  /** Subscribes with a command; each event goes to `hear`, until the connection ends. */
  listen(hear: Hear, type: string, fields?: Readonly<Record<string, unknown>>): Promise<void>;
}
type Hear = (event: unknown) => void;
interface Answer {
  readonly id?: number;
  readonly type: string;
  readonly success?: boolean;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly event?: unknown;
}
interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const PATIENCE_MS = 30_000;

export async function openApi(url: string, token: string): Promise<Api> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, Waiting>();
  const ears = new Map<number, Hear>();
  let last = 0;
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.type === 'auth_required') socket.send(JSON.stringify({ type: 'auth', access_token: token }));
      if (answer.type === 'auth_invalid') reject(new Error('the token is not taken'));
      if (answer.type === 'auth_ok') resolve();
      if (answer.type === 'result') settle(answer, waiting);
      if (answer.type === 'event') ears.get(answer.id ?? 0)?.(answer.event);
    });
    socket.addEventListener('close', () => {
      reject(new Error('closed'));
      for (const one of waiting.values()) one.reject(new Error('closed'));
    });
    socket.addEventListener('error', () => reject(new Error(`no answer from ${url}`)));
  });
  const api: Api = {
    ask<T>(type: string, fields = {}): Promise<T> {
      const id = ++last;
      return new Promise<T>((resolve, reject) => {
        const late = setTimeout(() => waiting.get(id)?.reject(new Error(`${type}: no answer`)), PATIENCE_MS);
        const end = (act: () => void): void => {
          clearTimeout(late);
          waiting.delete(id);
          act();
        };
        waiting.set(id, {
          resolve: (result) => end(() => resolve(result as T)),
          reject: (error) => end(() => reject(new Error(`${type}: ${error.message}`))),
        });
        socket.send(JSON.stringify({ id, type, ...fields }));
      });
    },
    async listen(hear, type, fields) {
      ears.set(last + 1, hear);
      await api.ask(type, fields);
    },
    [Symbol.dispose]() {
      socket.close();
    },
  };
  return api;
}

function settle({ id = 0, success, result, error }: Answer, waiting: ReadonlyMap<number, Waiting>): void {
  if (success === true) waiting.get(id)?.resolve(result);
  else waiting.get(id)?.reject(new Error(JSON.stringify(error)));
}
