/** The machine itself: processor temperature, use and voltage, memory, disk, uptime and a supply that is too weak. */
import type { JSONSchemaType } from 'ajv';
import { DeviceError, type Value, type Values } from '../model.ts';
import type { Disks, Files } from '../ports/types.ts';
import type { SensorDriver } from './driver.ts';
import { abortable } from './lib/abortable.ts';
import {
  type CpuTicks,
  cpuTicks,
  cpuUsage,
  findSensors,
  type HostSensors,
  oneNumber,
  ramUsage,
  readable,
  uptime,
} from './lib/host-files.ts';
import { round } from './lib/round.ts';

interface HostOptions {
  readonly disk: string;
  readonly period_s: number;
}

const options: JSONSchemaType<HostOptions> = {
  type: 'object',
  additionalProperties: false,
  required: ['disk', 'period_s'],
  properties: {
    disk: {
      type: 'string',
      pattern: '^/',
      maxLength: 200,
      default: '/data',
      description: 'A folder on the disk to be watched',
      fr: 'Un dossier du disque à surveiller',
    },
    period_s: {
      type: 'number',
      minimum: 2,
      maximum: 3600,
      default: 30,
      description: 'Pause between two readings in s',
      fr: 'Pause entre deux lectures en s',
    },
  },
};

const SEEN = { diagnostic: true, whenSeen: true } as const;
/** `cpu_temp`, `cpu_usage` and `cpu_volt` are the names that older installations know. */
const entities = {
  cpu_temp: {
    name: { en: 'Processor temperature', fr: 'Température du processeur' },
    quantity: 'temperature',
    decimals: 1,
    deadBand: 0.5,
    ...SEEN,
  },
  cpu_usage: { name: { en: 'Processor use', fr: 'Charge du processeur' }, quantity: 'ratio', decimals: 0, deadBand: 2, diagnostic: true },
  cpu_volt: { name: { en: 'Processor voltage', fr: 'Tension du processeur' }, quantity: 'voltage', decimals: 3, deadBand: 0.005, ...SEEN },
  ram_usage: { name: { en: 'Memory in use', fr: 'Mémoire utilisée' }, quantity: 'ratio', decimals: 0, deadBand: 1, diagnostic: true },
  disk_usage: { name: { en: 'Disk in use', fr: 'Disque utilisé' }, quantity: 'ratio', decimals: 0, deadBand: 0.5, ...SEEN },
  uptime: {
    name: { en: 'Time since start', fr: 'Temps depuis le démarrage' },
    quantity: 'duration',
    decimals: 0,
    deadBand: 600,
    diagnostic: true,
  },
  under_voltage: { name: { en: 'Supply too weak', fr: 'Alimentation trop faible' }, quantity: 'problem', ...SEEN },
} as const;
type Entities = typeof entities;

/** The processor's use is a difference of two looks: the first report comes after this pause. */
const FIRST_LOOK_MS = 1_000;

export const host: SensorDriver<HostOptions, Entities> = {
  type: 'host',
  title: { en: 'This machine', fr: 'Cette machine' },
  proof: 'recorded',
  options,
  describe: ({ period_s }) => ({ manufacturer: 'Linux', model: 'Host', periodMs: period_s * 1000, entities }),
  async *read({ options: o, ports: { files, disks }, clock, signal }) {
    const sensors = await abortable(() => findSensors(files), signal);
    let before = await abortable(() => ticksOf(files), signal);
    await clock.sleep(FIRST_LOOK_MS, signal);
    for (;;) {
      const now = await abortable(() => ticksOf(files), signal);
      const shared = await abortable(() => look(files, disks, sensors, o.disk), signal);
      yield { ...shared, ...reading('cpu_usage', cpuUsage(before, now), 1) };
      before = now;
      await clock.sleep(o.period_s * 1000, signal);
    }
  },
};

async function ticksOf(files: Files): Promise<CpuTicks> {
  const ticks = cpuTicks((await readable(files, '/proc/stat')) ?? '');
  if (ticks === undefined) throw new DeviceError('/proc/stat cannot be read', { mend: 'This device needs Linux with /proc' });
  return ticks;
}

async function look(files: Files, disks: Disks, { temperature, volts, lowSupply }: HostSensors, disk: string): Promise<Values<Entities>> {
  const at = async (path: string): Promise<string | undefined> => readable(files, path);
  const space = await disks.space(disk).catch(() => undefined);
  const alarm = lowSupply === undefined ? undefined : oneNumber(await at(lowSupply), 1, 0, 1);
  return {
    ...reading('ram_usage', ramUsage((await at('/proc/meminfo')) ?? ''), 1),
    ...reading('uptime', uptime((await at('/proc/uptime')) ?? ''), 0),
    ...(temperature !== undefined && reading('cpu_temp', oneNumber(await at(temperature), 1e-3, -55, 150), 1)),
    ...(volts !== undefined && reading('cpu_volt', oneNumber(await at(volts.path), volts.scale, 0.3, 2), 4)),
    ...(space !== undefined && space.totalBytes > 0 && reading('disk_usage', 100 - (100 * space.freeBytes) / space.totalBytes, 1)),
    ...(lowSupply !== undefined && { under_voltage: alarm === undefined ? null : alarm === 1 }),
  };
}

/** What is there but cannot be read is known to be unknown. */
function reading(key: keyof Entities, value: number | undefined, decimals: number): Partial<Record<keyof Entities, Value>> {
  return { [key]: value === undefined ? null : round(value, decimals) };
}
