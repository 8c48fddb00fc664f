/** Turns at something that several devices share and that answers only one of them at a time. */

const tails = new WeakMap<object, Map<string, Promise<unknown>>>();

/** Runs `task` after all earlier tasks on the same `what` of the same `port`, whatever became of them. */
export function inTurn<T>(port: object, what: string, task: () => Promise<T>): Promise<T> {
  const shared = tails.get(port) ?? new Map<string, Promise<unknown>>();
  tails.set(port, shared);
  const turn = (shared.get(what) ?? Promise.resolve()).then(task);
  const settled = turn.catch(() => undefined);
  shared.set(what, settled);
  return turn;
}
