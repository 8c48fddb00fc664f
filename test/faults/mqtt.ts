/** Somebody else on the same broker: says what the program must bear, hears what it says. */
import mqtt from 'mqtt';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../src/ports/sim/broker.ts';
import { until } from './bench.ts';

export interface Other extends AsyncDisposable {
  readonly heard: { readonly topic: string; readonly text: string; readonly retained: boolean }[];
  last(end: string): string | undefined;
  publish(topic: string, payload: string | Buffer, retain?: boolean): Promise<unknown>;
  /** Until what was published before came round. */
  echo(): Promise<void>;
}
export async function other(url: string): Promise<Other> {
  const client = await mqtt.connectAsync(url, { clientId: `other_${Math.random().toString(16).slice(2)}` });
  const heard: Other['heard'] = [];
  client.on(
    'message',
    (topic, payload, { retain }) => void heard.push({ topic, text: payload.toString('utf8', 0, 20_000), retained: retain }),
  );
  await client.subscribeAsync('#', { qos: 1 });
  let echoes = 0;
  return {
    heard,
    last: (end) => heard.findLast(({ topic }) => topic.endsWith(end))?.text,
    publish: (topic, payload, retain = false) => client.publishAsync(topic, payload, { qos: 1, retain }),
    async echo() {
      const word = `echo/${(echoes += 1)}`;
      await client.publishAsync(word, 'x', { qos: 1 });
      await until(word, () => heard.some(({ topic }) => topic === word));
    },
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
}

export async function withBroker<T>(use: (broker: EmbeddedBroker) => Promise<T>): Promise<T> {
  await using broker = await startEmbeddedBroker();
  return await use(broker);
}
