/** What drivers hear, and loads are told, through the program's one broker connection. */
import type { Message } from './types.ts';

/** Of a payload above 16 kB only its first 16385 bytes. */
export interface Heard extends Message {
  /** Monotonic ms when this payload was first heard on its topic: a retained copy that comes again is no younger for it. */
  readonly sinceMs: number;
}
/** Listens from opening to disposal; nothing is remembered for who does not listen. */
export interface Subscription extends Disposable {
  /** What came since the last call, oldest first, at most the newest 64. Throws DeviceError once the broker is gone or refused. */
  take(): readonly Heard[];
}
export interface Subscriptions {
  /**
   * `topics` without wildcards. Throws DeviceError while the program is not connected to a broker, ConfigError for a topic of
   * this installation.
   */
  open(topics: readonly string[]): Subscription;
  /** To a device of somebody else, not retained, QoS 1. Rejects while not connected, and for a topic of this installation. */
  publish(topic: string, payload: string): Promise<void>;
}
