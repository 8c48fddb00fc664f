/** What the program says through the broker once there is one, and its own problems in words. */
import type { Announcer } from './app-broker.ts';
import type { Stalls } from './app-stall.ts';
import { describeProblems } from './app-words.ts';
import type { LoadedConfig } from './config/types.ts';
import { APP_DEVICE_ID, appValues } from './homeassistant/app-device.ts';
import type { Happening } from './homeassistant/types.ts';
import type { Value } from './model.ts';
import type { Clock } from './ports/types.ts';

export interface Voice {
  readonly problems: {
    readonly configuration: string;
    storage: string;
    keeper: string;
    safeMode: string;
    readonly devices: Map<string, string>;
  };
  /** Why no relay leaves its safe state; empty: it may. */
  safeMode(text: string): void;
  /** Nothing of the program ran for so long (ms). */
  stalled(ms: number): void;
  /** Nothing is heard before `through`. */
  publish(deviceId: string, values: Readonly<Record<string, Value>>): void;
  /** Something happened: told once, and not if nobody is there yet. */
  happened(deviceId: string, key: string, what: Happening): void;
  /** Says again how the app is. */
  tell(): void;
  through(announcer: Announcer): void;
}

export function createVoice(loaded: LoadedConfig, clock: Clock): Voice {
  const problems = { configuration: describeProblems(loaded), storage: '', keeper: '', safeMode: '', devices: new Map<string, string>() };
  const stalls: Stalls = { count: 0, longest: 0 };
  const started = new Date(clock.wallMs()).toISOString();
  let announcer: Announcer | undefined;
  const tell = (): void => {
    const { refusedCommands: refused_commands = 0, reconnects: mqtt_reconnections = 0 } = announcer?.stats ?? {};
    const counted = { refused_commands, mqtt_reconnections, stalls: stalls.count, longest_stall: stalls.longest };
    announcer?.publish(APP_DEVICE_ID, { ...appValues(problems), started, ...counted });
  };
  return {
    problems,
    stalled(ms) {
      stalls.count += 1;
      stalls.longest = Math.max(stalls.longest, ms / 1000);
      tell();
    },
    safeMode(text) {
      problems.safeMode = text;
      tell();
    },
    publish: (deviceId, values) => announcer?.publish(deviceId, values),
    happened: (deviceId, key, what) => announcer?.tell(deviceId, key, what),
    tell,
    through(found) {
      announcer = found;
    },
  };
}
