/** What of Core's log is about us: the only sign of an entity or a topic that it refused. */
import type { Core } from './core.ts';

/** What a slow machine makes Core say of everybody. */
const SLOW = /took \d+\.\d+ seconds|No ACK from MQTT server|was shutdown cleanly|Ended unfinished session|timed? ?out/i;

/**
 * Warnings and errors that name us, our installation, or MQTT at all. Core also complains about integrations of its own
 * whose packages are not installed here; that is not our matter.
 */
export function complaintsAboutUs(core: Core, install: string): string[] {
  const ours = new RegExp(`mqtt|boxenergie|boxénergie|discovery|${install}|template|recorder`, 'i');
  return core.complaints().filter((entry) => ours.test(entry) && !SLOW.test(entry));
}
