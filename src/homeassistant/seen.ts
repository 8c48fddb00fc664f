/** Which of the entities that only some devices have were ever seen here: announced from then on, through restarts. */
import type { Value } from '../model.ts';
import type { AnnouncedDevice, BridgeMemory } from './types.ts';

export interface Seen {
  of(deviceId: string): ReadonlySet<string>;
  /** True when something was seen for the first time. */
  add(deviceId: string, values: Readonly<Record<string, Value>>): boolean;
}

/** Remembered under `seen:<device>`. */
export function createSeen(memory: BridgeMemory, devices: readonly AnnouncedDevice[]): Seen {
  const known = new Map<string, { readonly optional: ReadonlySet<string>; readonly seen: Set<string> }>();
  for (const { id, description } of devices) {
    const optional = new Set(
      Object.entries(description.entities)
        .filter(([, entity]) => entity.whenSeen === true)
        .map(([key]) => key),
    );
    const kept = (memory.load(`seen:${id}`) ?? '').split(' ').filter((key) => optional.has(key));
    known.set(id, { optional, seen: new Set(kept) });
  }
  return {
    of: (deviceId) => known.get(deviceId)?.seen ?? new Set(),
    add(deviceId, values) {
      const device = known.get(deviceId);
      if (device === undefined || device.seen.size === device.optional.size) return false;
      const before = device.seen.size;
      for (const [key, value] of Object.entries(values)) {
        if (value !== null && device.optional.has(key)) device.seen.add(key);
      }
      if (device.seen.size === before) return false;
      memory.save(`seen:${deviceId}`, [...device.seen].join(' '));
      return true;
    },
  };
}
