/** What is heard from the broker: Home Assistant's birth, commands read strictly, and another copy of ourselves. */
import type { Clock, Message } from '../ports/types.ts';
import { createThinner, readCommand } from './commands.ts';
import { guardInstance } from './instance.ts';
import type { Topics } from './topics.ts';
import type { AnnouncedDevice, Command } from './types.ts';

export interface EarOptions {
  readonly devices: readonly AnnouncedDevice[];
  readonly topics: Topics;
  readonly clock: Clock;
  readonly log: (level: 'debug' | 'info' | 'warning' | 'error', message: string) => void;
  onBirth(): void;
  onCommand(command: Command): void;
  /** A command was left on the broker: it would come again at each connection. */
  onRetained(topic: string): void;
  /** An older copy with our installation id lives on this broker. */
  onOlderCopy(): void;
}
export interface Ear {
  hear(message: Message): void;
  /** To be retained on the instance topic after each connection. */
  readonly claim: string;
  readonly refused: number;
}

/** However many commands are refused, the log hears of it at most this often (ms). */
const REPORT_MS = 10_000;

export function createEar(options: EarOptions): Ear {
  const { topics, clock, log, onCommand } = options;
  const known = new Map(options.devices.map((device) => [device.id, device]));
  const guard = guardInstance(clock.wallMs());
  const pass = createThinner(clock, (command) => {
    try {
      onCommand(command);
    } catch (error) {
      log('error', `MQTT: command for ${command.deviceId}.${command.key} failed: ${String(error)}`);
    }
  });
  const report = createReport(clock, log);
  const command = (message: Message): void => {
    if (message.payload.length === 0) return; // a retained command being cleared
    const read = readCommand(message, topics, known, clock.wallMs());
    if (typeof read !== 'string') {
      pass(read);
      return;
    }
    report.add(`command on ${message.topic.slice(0, 120)} refused: ${read}`);
    if (read === 'retained') options.onRetained(message.topic);
  };
  return {
    claim: guard.claim,
    get refused() {
      return report.count;
    },
    hear(message) {
      if (message.topic === topics.instance) {
        const verdict = guard.hear(message.payload);
        if (verdict === 'contested') log('warning', 'MQTT: another copy of Boxénergie with the same installation id uses this broker');
        if (verdict === 'yield') options.onOlderCopy();
      } else if (message.topic === topics.statusOfHomeAssistant) {
        // A retained birth is old news: connecting has already brought everything.
        if (!message.retained && new TextDecoder().decode(message.payload.subarray(0, 16)) === 'online') options.onBirth();
      } else command(message);
    },
  };
}

/** Says the first at once, then one line for all that came meanwhile. */
function createReport(clock: Clock, log: EarOptions['log']): { add(reason: string): void; readonly count: number } {
  let count = 0;
  let unsaid = 0;
  let newest = '';
  let quiet = false;
  const say = (): void => {
    const others = unsaid > 1 ? ` (and ${unsaid - 1} more)` : '';
    log('warning', `MQTT: ${newest}${others}`);
    unsaid = 0;
    quiet = true;
    clock.after(REPORT_MS, () => {
      quiet = false;
      if (unsaid > 0) say();
    });
  };
  return {
    get count() {
      return count;
    },
    add(reason) {
      count += 1;
      unsaid += 1;
      newest = reason;
      if (!quiet) say();
    },
  };
}
