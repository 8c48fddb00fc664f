/** Loads behind any MQTT switch: hears their states, tells them on and off, remembers through restarts which must come back. */
import { explain } from './app-devices.ts';
import type { LoadSwitch, SheddingLoad } from './config/shedding-house.ts';
import { commanded, heard, newSwitch, type RemoteSwitch, seenSwitch } from './control/remote-switch.ts';
import { openPayload, valueAt } from './drivers/lib/mqtt-payload.ts';
import type { Log } from './log.ts';
import type { Heard, Subscription, Subscriptions } from './ports/subscription-types.ts';
import type { Clock } from './ports/types.ts';
import type { Store } from './store/types.ts';

export interface SwitchOptions {
  /** Absent: none can be reached, as in a replay. */
  readonly subscriptions?: Subscriptions;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}
export interface Switches {
  /** Takes in what they said; call before loads are judged. */
  hear(): void;
  /** Undefined: this load has no such switch. */
  view(loadId: string): ReturnType<typeof seenSwitch> | undefined;
  /** Tells them what was judged. */
  tell(decided: readonly { readonly id: string; readonly permit: boolean }[]): void;
}

const FACT = 'shedding:held';
const ASK_MS = 60_000;
/** A broker that is away for a shorter time is told of elsewhere. */
const LOST_MS = 60_000;

const NEW = { listening: undefined, liveMs: Number.NEGATIVE_INFINITY, complaint: '', askMs: undefined, lostMs: undefined } as const;

interface Wired {
  readonly id: string;
  readonly config: LoadSwitch;
  state: RemoteSwitch;
  listening: Subscription | undefined;
  /** Monotonic ms of the newest message that was no retained copy. */
  liveMs: number;
  complaint: string;
  /** When it is asked for its state again (monotonic ms); undefined: not asked yet on this connection. */
  askMs: number | undefined;
  /** Since when it cannot be listened to (monotonic ms). */
  lostMs: number | undefined;
}

export function openSwitches(loads: readonly SheddingLoad[], { subscriptions, store, clock, log }: SwitchOptions): Switches {
  const kept = readHeld(store.initial.facts[FACT]);
  const all = loads.flatMap(({ id, mqtt: config }): Wired[] =>
    config === undefined ? [] : [{ id, config, state: newSwitch(kept.includes(id)), ...NEW }],
  );
  let remembered = JSON.stringify(kept);

  const complain = (wired: Wired, text: string): void => {
    if (text !== '' && text !== wired.complaint) log('warning', `load ${wired.id}: ${text}`);
    wired.complaint = text;
  };
  /** At each connection, then each minute until it has said its state once. */
  const ask = (wired: Wired, nowMs: number): void => {
    const { ask: topic, askWith } = wired.config;
    const due = wired.askMs === undefined || (wired.state.on === null && nowMs >= wired.askMs);
    if (topic === undefined || !due) return;
    wired.askMs = nowMs + ASK_MS;
    subscriptions?.publish(topic, askWith).catch(() => undefined);
  };
  const listen = (wired: Wired): void => {
    const nowMs = clock.monotonicMs();
    try {
      if (wired.listening === undefined) {
        wired.listening = subscriptions?.open([wired.config.state]);
        wired.askMs = undefined;
      }
      ask(wired, nowMs);
      for (const message of wired.listening?.take() ?? []) takeIn(wired, message, nowMs);
      wired.lostMs = undefined;
      if (wired.state.failedMs === null) complain(wired, '');
    } catch (error) {
      wired.listening?.[Symbol.dispose]();
      wired.listening = undefined;
      wired.lostMs ??= nowMs;
      if (nowMs - wired.lostMs >= LOST_MS) complain(wired, explain(error));
    }
  };
  const tellOne = (wired: Wired, permit: boolean | undefined): boolean | undefined => {
    if (permit === undefined) return undefined;
    const before = wired.state;
    const { next, send } = commanded(before, permit, wired.listening !== undefined, clock.monotonicMs());
    wired.state = next;
    const { command, state } = wired.config;
    if (before.failedMs === null && next.failedMs !== null)
      complain(wired, `does not follow: told twice on ${command}, ${state} does not confirm it. Check the switch, and both topics`);
    return send;
  };
  return {
    hear: () => all.forEach(listen),
    view(loadId) {
      const wired = all.find(({ id }) => id === loadId);
      return wired && seenSwitch(wired.state, wired.listening !== undefined);
    },
    tell(decided) {
      const orders = all.map((wired) => [wired, tellOne(wired, decided.find(({ id }) => id === wired.id)?.permit)] as const);
      const held = JSON.stringify(all.filter(({ state }) => state.held).map(({ id }) => id));
      // On its way to the disk before it is off: what a power cut finds off and not remembered would never come back.
      if (held !== remembered) {
        store.saveFact(FACT, held);
        void store.flush();
      }
      remembered = held;
      for (const [{ id, config }, on] of orders) {
        if (on === undefined) continue;
        log('info', `load ${id}: told ${on ? 'on' : 'off'}`);
        // Not taken: it does not follow, and is told once more.
        subscriptions?.publish(config.command, on ? config.on : config.off).catch(() => undefined);
      }
    },
  };
}

function takeIn(wired: Wired, { payload, retained, sinceMs }: Heard, nowMs: number): void {
  // A copy that the broker kept is older than what was heard since.
  if (retained && sinceMs < wired.liveMs) return;
  if (!retained) wired.liveMs = sinceMs;
  const on = stateIn(payload, wired.config);
  if (on !== undefined) wired.state = heard(wired.state, on, nowMs);
}

/** Undefined: the message does not say. */
function stateIn(payload: Uint8Array, config: LoadSwitch): boolean | undefined {
  const found = wordAt(payload, config.path);
  if (found === undefined) return undefined;
  const word = (told: string | undefined, sent: string): string => (told ?? wordAt(Buffer.from(sent), config.path) ?? sent).toLowerCase();
  if (found === word(config.stateOn, config.on)) return true;
  return found === word(config.stateOff, config.off) ? false : undefined;
}

function wordAt(bytes: Uint8Array, path: string | undefined): string | undefined {
  const payload = openPayload(bytes);
  if (payload === undefined) return undefined;
  const value = path === undefined ? payload.text : payload.json && valueAt(payload.json.value, path);
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value).trim().toLowerCase() : undefined;
}

function readHeld(text: string | undefined): string[] {
  try {
    const found: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(found) ? found.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
