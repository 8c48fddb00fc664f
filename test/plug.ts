/** A Zigbee2MQTT plug as its bridge shows it: commands as JSON on `…/set`, its state as JSON, not kept by the broker. */
import type { Clock } from '../src/ports/types.ts';

export interface PlugOptions {
  readonly clock: Clock;
  readonly name: string;
  readonly on: boolean;
  say(topic: string, payload: string): void;
}
export interface Plug {
  readonly on: boolean;
  /** Orders that reached it. */
  readonly told: string[];
  /** Orders do not reach it. */
  deaf: boolean;
  /** Obeys so much later (ms). */
  slowMs: number;
  /** Somebody presses its button. */
  press(on: boolean): void;
  /** Something was published. */
  hear(topic: string, payload: string): void;
}

export function plug({ clock, name, on: start, say }: PlugOptions): Plug {
  let on = start;
  const tell = (): void => say(`zigbee2mqtt/${name}`, JSON.stringify({ state: on ? 'ON' : 'OFF', linkquality: 87, power: on ? 2000 : 0 }));
  const self: Plug = {
    get on() {
      return on;
    },
    told: [],
    deaf: false,
    slowMs: 0,
    press(wanted) {
      on = wanted;
      tell();
    },
    hear(topic, payload) {
      if (topic === `zigbee2mqtt/${name}/get`) return tell();
      if (topic !== `zigbee2mqtt/${name}/set` || self.deaf) return;
      const { state } = JSON.parse(payload) as { state: string };
      self.told.push(state);
      clock.after(self.slowMs, () => self.press(state === 'ON'));
    },
  };
  return self;
}
