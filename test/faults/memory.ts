/** What really is in use: collects first, so that what can go is gone. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

export function collect(): void {
  for (let i = 0; i < 3; i += 1) gc();
}
/** MB. */
export function heapUsed(): number {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}
