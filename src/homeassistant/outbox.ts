/** One slot a topic: the newest message replaces the waiting one, a lost connection loses none that matters, nothing queues up. */
import type { BrokerConnection } from '../ports/types.ts';

export interface OutMessage {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}
export interface Outbox {
  /** Sends now, or as soon as the previous message of this topic is taken. */
  send(message: OutMessage): void;
  /** Resolves when the broker took it (true) or could not (false); for what must come in order. Never rejects. */
  sendInOrder(message: OutMessage): Promise<boolean>;
  /** Resolves when nothing waits behind another message of its topic any more, or the connection was lost. */
  emptied(): Promise<void>;
  /** The connection was lost: what was under way no longer counts. */
  reset(): void;
  readonly published: number;
}

export function createOutbox(connection: () => BrokerConnection | undefined): Outbox {
  let underWay = new Set<string>();
  const next = new Map<string, OutMessage>();
  let published = 0;
  let emptied = (): void => undefined;

  const sendInOrder = async ({ topic, payload, qos, retain }: OutMessage): Promise<boolean> => {
    const open = connection();
    if (open === undefined) return false;
    try {
      await open.publish(topic, payload, { qos, retain });
      published += 1;
      return true;
    } catch {
      // Not connected: everything is sent again after the next connection.
      return false;
    }
  };
  const send = (message: OutMessage): void => {
    if (connection()?.connected !== true) return;
    if (underWay.has(message.topic)) {
      next.set(message.topic, message);
      return;
    }
    const mine = underWay;
    mine.add(message.topic);
    void sendInOrder(message).then(() => {
      mine.delete(message.topic);
      const waiting = next.get(message.topic);
      if (mine !== underWay || waiting === undefined) return;
      next.delete(message.topic);
      send(waiting);
      if (next.size === 0) emptied();
    });
  };
  return {
    send,
    sendInOrder,
    emptied: () =>
      new Promise((resolve) => {
        emptied = resolve;
        if (next.size === 0) resolve();
      }),
    reset() {
      underWay = new Set();
      next.clear();
      emptied();
    },
    get published() {
      return published;
    },
  };
}
