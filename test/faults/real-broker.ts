/** A real broker on real TCP that can be killed and started again on its port, an ear beside it, and the program on a line to it. */
import { spawnSync } from 'node:child_process';
import { mqttBrokers } from '../../src/ports/broker.ts';
import { startEmbeddedBroker } from '../../src/ports/sim/broker.ts';
import type { BrokerConnection, Clock } from '../../src/ports/types.ts';
import { startMosquitto } from '../broker/mosquitto.ts';
import { lineTo } from '../homeassistant/cabin.ts';
import { hastyClock, until } from '../homeassistant/waiting.ts';
import { HOUSE, type Program, type ProgramOptions, program } from './house.ts';

export interface Heard {
  readonly topic: string;
  readonly text: string;
  /** Virtual time at which it was heard, ms. */
  readonly atMs: number;
}
interface Broker {
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}
const ECHO = 'boxenergie/echo';
export const BROKERS = ['embedded', 'mosquitto'] as const;
export type BrokerName = (typeof BROKERS)[number];

export function present(name: BrokerName): boolean {
  return name === 'embedded' || spawnSync('mosquitto', ['-h']).error === undefined;
}

async function startBroker(name: BrokerName): Promise<Broker> {
  if (name === 'mosquitto') return startMosquitto();
  let broker = await startEmbeddedBroker();
  const { url, port } = broker;
  const stop = (): PromiseLike<void> => broker[Symbol.asyncDispose]();
  return {
    url,
    stop: async () => void (await stop()),
    async start() {
      broker = await startEmbeddedBroker(port);
    },
  };
}

/** The house with a counter of energy that needs no meter every second: long absences pass quickly. */
export const QUIET_HOUSE = HOUSE.replace('max_amps: 40', 'max_amps: 40, period_s: 10')
  .replace(/ {2}- \{id: linky.*\n/, '  - {id: heater, type: pulse, line: 27, medium: electricity}\n')
  .replace('min_off_s: 60}', 'min_off_s: 60, override_minutes: 0}')
  .concat('    automatic: false\n');

/** The program on a real broker; `run` lets virtual time pass second by second and gives the network its own. */
export async function housed(name: BrokerName, options: ProgramOptions = {}) {
  const broker = await startBroker(name);
  const line = await lineTo(broker.url);
  const heard: Heard[] = [];
  const pausesMs: number[] = [];
  let link: BrokerConnection | undefined;
  const brokersOf = (clock: Clock) => {
    const after: Clock['after'] = (ms, task) => {
      pausesMs.push(ms);
      return clock.after(ms, task);
    };
    let seed = 1;
    const random = (): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed / 0x80000000;
    };
    const real = mqttBrokers(random, { ...clock, after });
    return {
      connect(...wanted: Parameters<typeof real.connect>) {
        link = real.connect(...wanted);
        return link;
      },
    };
  };
  const p = await program({ ...options, brokers: brokersOf, url: () => line.url });
  const ear = await listen(broker.url, heard, p);
  /** Virtual time stands until the network has nothing more under way, so that what is heard has its true moment. */
  const arrive = async (): Promise<void> => {
    if (link?.connected !== true) return pause(20);
    for (let quiet = 0; quiet < 3 && link.connected; quiet = link.backlogBytes === 0 ? quiet + 1 : 0) await pause(0);
    await ear.echo();
  };
  const run = async (seconds: number): Promise<void> => {
    for (let ms = 0; ms < seconds * 1000; ms += 500) {
      await p.clock.advance(500);
      await arrive();
    }
  };
  const newest = (end: string): string | undefined => heard.findLast(({ topic }) => topic.endsWith(end))?.text;
  return {
    ...{ p, heard, pausesMs, run, newest, say: ear.say },
    state: (device: string) => JSON.parse(newest(`/${device}/state`) ?? '{}') as Record<string, unknown>,
    ask: (device: string, key: string, payload: string) => ear.say(`${rootOf(heard)}/${device}/${key}/set`, payload),
    /** Until it is heard, by virtual seconds. */
    async until(what: string, most: number, condition: () => boolean): Promise<number> {
      for (let s = 0; s <= most; s += 0.5) {
        if (condition()) return s;
        await run(0.5);
      }
      throw new Error(`${what}: not within ${most} s\n${p.logs.slice(-20).join('\n')}`);
    },
    async kill() {
      const losses = (): number => p.logs.filter((text) => /MQTT: not connected/.test(text)).length;
      const before = losses();
      line.cut();
      await broker.stop();
      await until('the loss', () => losses() > before);
    },
    async revive() {
      await broker.start();
      await ear.back();
      line.mend();
    },
    async stop(): Promise<string> {
      const said = await p.stop();
      await ear.close();
      await line.close();
      await broker.stop();
      return said;
    },
  };
}
export type Housed = Awaited<ReturnType<typeof housed>>;

function rootOf(heard: readonly Heard[]): string {
  return heard.find(({ topic }) => topic.endsWith('/status') && topic.startsWith('boxenergie/'))?.topic.replace(/\/status$/, '') ?? '';
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function listen(url: string, heard: Heard[], p: Program) {
  let [ups, echoes, echoed] = [0, 0, 0];
  const connection = mqttBrokers(() => 0, hastyClock()).connect(
    { url, clientId: 'ear', will: { topic: 'ear', payload: '', retain: false } },
    ['boxenergie/#', 'homeassistant/#'],
    {
      onConnect: () => void (ups += 1),
      onDisconnect: () => undefined,
      onMessage({ topic, payload }) {
        const text = Buffer.from(payload).toString();
        if (topic === ECHO) echoed = Number(text);
        else heard.push({ topic, text, atMs: p.clock.monotonicMs() });
      },
    },
  );
  await until('the ear', () => ups === 1);
  return {
    say: (topic: string, payload: string) => connection.publish(topic, payload, { qos: 1, retain: false }),
    /** Whatever the broker took before is heard. */
    async echo() {
      echoes += 1;
      await connection.publish(ECHO, String(echoes), { qos: 1, retain: false });
      await until('the echo', () => echoed >= echoes);
    },
    back: () => until('the ear again', () => connection.connected, 20_000),
    close: () => connection[Symbol.asyncDispose](),
  };
}
