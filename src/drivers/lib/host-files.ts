/** What Linux says of itself in /proc and /sys, as numbers; what cannot be read or believed is undefined. */
import type { Files } from '../../ports/types.ts';

/** Ticks since boot. */
export interface CpuTicks {
  readonly busy: number;
  readonly total: number;
}

/** First line of /proc/stat (proc(5)): user, nice, system, idle, iowait, irq, softirq, steal; guest time is within user. */
export function cpuTicks(stat: string): CpuTicks | undefined {
  const numbers = /^cpu +((?:\d+ ?)+)/.exec(stat)?.[1]?.trim().split(' ').slice(0, 8).map(Number) ?? [];
  const [user, nice, system, idle, wait = 0] = numbers;
  if (user === undefined || nice === undefined || system === undefined || idle === undefined) return undefined;
  const total = numbers.reduce((sum, ticks) => sum + ticks, 0);
  return { busy: total - idle - wait, total };
}

/** Share of the time between two looks that the processors worked, in %. The kernel's iowait may go backwards. */
export function cpuUsage(before: CpuTicks, now: CpuTicks): number | undefined {
  const total = now.total - before.total;
  return total > 0 ? Math.min(100, Math.max(0, (100 * (now.busy - before.busy)) / total)) : undefined;
}

/** Memory in use in %, caches not counted; kernels before 3.14 do not say what is available. */
export function ramUsage(meminfo: string): number | undefined {
  const kB = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? Number.NaN);
  const total = kB('MemTotal');
  const available = kB('MemAvailable');
  const free = Number.isNaN(available) ? kB('MemFree') + kB('Buffers') + kB('Cached') : available;
  const share = (100 * (total - free)) / total;
  return share >= 0 && share <= 100 ? share : undefined;
}

/** Seconds since boot, from /proc/uptime. */
export function uptime(text: string): number | undefined {
  const seconds = Number(/^(\d+(?:\.\d+)?) /.exec(text)?.[1] ?? Number.NaN);
  return Number.isNaN(seconds) ? undefined : seconds;
}

/** A file with one whole number, times `scale`, if it lies within the limits. */
export function oneNumber(text: string | undefined, scale: number, lowest: number, highest: number): number | undefined {
  if (text === undefined || !/^-?\d{1,15}\s*$/.test(text)) return undefined;
  const value = Number(text) * scale;
  return value >= lowest && value <= highest ? value : undefined;
}

/** A file that may be absent or refuse itself for a moment, as those of sensors do. */
export async function readable(files: Files, path: string): Promise<string | undefined> {
  return files.read(path).catch(() => undefined);
}

/** Where this machine shows what not every machine has. */
export interface HostSensors {
  readonly temperature: string | undefined;
  readonly volts: { readonly path: string; readonly scale: number } | undefined;
  readonly lowSupply: string | undefined;
}

/** Looks once: sensors are numbered anew at each boot, but keep their names while it lasts. */
export async function findSensors(files: Files): Promise<HostSensors> {
  const zones = await named(files, (i) => `/sys/class/thermal/thermal_zone${i}`, 'type');
  const chips = await named(files, (i) => `/sys/class/hwmon/hwmon${i}`, 'name');
  const regulators = await named(files, (i) => `/sys/class/regulator/regulator.${i}`, 'name');
  const zone = zones.find(({ name }) => /cpu|soc|pkg|bcm2835/i.test(name));
  const chip = chips.find(({ name }) => /^(cpu_thermal|coretemp|k10temp)$/.test(name));
  const supply = chips.find(({ name }) => name === 'rpi_volt');
  const core = regulators.find(({ name }) => /cpu|core|arm/i.test(name));
  const inputs = await Promise.all(chips.map(({ path }) => named(files, (i) => `${path}/in${i}`, '_label')));
  const input = inputs.flat().find(({ name }) => /cpu|core/i.test(name));
  return {
    temperature: zone !== undefined ? `${zone.path}/temp` : chip && `${chip.path}/temp1_input`,
    // hwmon counts in mV, regulators in µV.
    volts: input !== undefined ? { path: `${input.path}_input`, scale: 1e-3 } : core && { path: `${core.path}/microvolts`, scale: 1e-6 },
    lowSupply: supply && `${supply.path}/in0_lcrit_alarm`,
  };
}

const MOST = 32;
interface Named {
  readonly path: string;
  readonly name: string;
}

/** The numbered folders (or files, when `file` begins with _) that have a name. */
async function named(files: Files, path: (index: number) => string, file: string): Promise<Named[]> {
  const separator = file.startsWith('_') ? '' : '/';
  const found: Named[] = [];
  for (let index = 0; index < MOST; index += 1) {
    const name = await readable(files, `${path(index)}${separator}${file}`);
    if (name !== undefined) found.push({ path: path(index), name: name.trim() });
  }
  return found;
}
