/** Which processes have a file or port open, by the links in /proc: other users' processes only show theirs to root. */
import type { Machine } from './types.ts';

export interface Holder {
  readonly pid: number;
  readonly name: string;
  /** This product, running. */
  readonly ours: boolean;
}
export interface Holders {
  readonly holders: readonly Holder[];
  /** Every process could be looked into: nobody else holds it. */
  readonly complete: boolean;
}
const AT_ONCE = 16;

/** `path` may be a link. This process is left out. */
export async function holdersOf(machine: Machine, path: string): Promise<Holders> {
  const target = (await machine.real(path)) ?? path;
  const pids = ((await machine.names('/proc')) ?? []).filter((name) => /^\d+$/.test(name) && Number(name) !== machine.facts.pid);
  const holders: Holder[] = [];
  let complete = pids.length > 0;
  for (let at = 0; at < pids.length; at += AT_ONCE) {
    await Promise.all(
      pids.slice(at, at + AT_ONCE).map(async (pid) => {
        const open = await opens(machine, pid, target);
        if (open) holders.push(await describe(machine, pid));
        // A process that ended meanwhile holds nothing.
        else if (open === undefined && (await machine.exists(`/proc/${pid}`))) complete = false;
      }),
    );
  }
  return { holders: holders.sort((a, b) => a.pid - b.pid), complete };
}

async function opens(machine: Machine, pid: string, target: string): Promise<boolean | undefined> {
  const fds = await machine.names(`/proc/${pid}/fd`);
  if (fds === undefined) return undefined;
  for (const fd of fds) if ((await machine.link(`/proc/${pid}/fd/${fd}`)) === target) return true;
  return false;
}

/** By its program file: the main thread of Node calls itself otherwise. The arguments may hold passwords and are not shown. */
async function describe(machine: Machine, pid: string): Promise<Holder> {
  const command = ((await machine.text(`/proc/${pid}/cmdline`)) ?? '').split('\0');
  const ours = command.some((part) => /(^|\/)boxenergie(\/.*main\.[jt]s)?$/.test(part));
  const own = ((await machine.text(`/proc/${pid}/comm`)) ?? '').trim();
  const name = own === 'MainThread' ? (command[0]?.split('/').at(-1) ?? own) : own;
  return { pid: Number(pid), name: ours ? 'Boxénergie' : name || '?', ours };
}

export function holderNames(holders: readonly Holder[]): string {
  return holders.map(({ name, pid }) => `${name} (${pid})`).join(', ');
}
