/** What load-shedding looks at: the meter's zones, the tariff of the day, and how each load stands. */
import type { Switches } from './app-switches.ts';
import type { Place, SheddingConfig, SheddingLoad } from './config/shedding-house.ts';
import type { HouseConfig } from './config/types.ts';
import { linkyZones, powerZone } from './control/overload.ts';
import type { RelayState } from './control/relay-types.ts';
import type { LoadView, MeterView } from './control/shedding-types.ts';
import type { Reading } from './model.ts';

export type Read = (device: string, key: string) => Reading | undefined;

export function meterOf({ meter, entity, limit }: SheddingConfig, { devices }: HouseConfig, read: Read, nowMs: number): MeterView {
  const linky = devices.some(({ id, type }) => id === meter && type === 'linky');
  if (entity === undefined && linky) return linkyZones((key) => read(meter, key), limit, nowMs);
  return powerZone(entity === undefined ? undefined : read(meter, entity), limit, nowMs);
}

export function tariffOf({ meter }: SheddingConfig, read: Read): { readonly tariff: string | null; readonly colour: string | null } {
  const word = (key: string): string | null => {
    const reading = read(meter, key);
    return reading !== undefined && usable(reading) && typeof reading.value === 'string' ? reading.value : null;
  };
  return { tariff: word('tariff_period'), colour: word('today_color') };
}

export interface Sources {
  readonly states: readonly RelayState[];
  readonly read: Read;
  readonly switches: Switches;
  byHandSince(state: RelayState): number | null;
}

/** A relay of ours is read back; anything else says itself whether it is on. */
export function viewOf(load: SheddingLoad, { states, read, switches, byHandSince }: Sources, planned: string | null): LoadView {
  const power = numberAt(load.meter, read);
  const remote = switches.view(load.id);
  if (remote !== undefined) return { ...remote, power, schedule: planned };
  const relay = states.find(({ id }) => id === load.relay);
  if (relay === undefined) {
    const on = booleanAt(load.state, read);
    return { on, wanted: on === true, power, overrideMs: null, schedule: planned };
  }
  const { on, pending, reason } = relay.verdict;
  // What is held open for safety is not wanted: it must not count as a load that does not follow.
  const wanted = reason.code === 'shedding' || reason.code === 'anti-short-cycle' ? (pending?.on ?? on) : on;
  return { on: relay.on, wanted, power, overrideMs: byHandSince(relay), schedule: planned };
}

function numberAt(place: Place | undefined, read: Read): number | null {
  const reading = place && read(place.device, place.entity);
  return reading !== undefined && usable(reading) && typeof reading.value === 'number' ? reading.value : null;
}

function booleanAt(place: Place | undefined, read: Read): boolean | null {
  const reading = place && read(place.device, place.entity);
  return reading !== undefined && usable(reading) && typeof reading.value === 'boolean' ? reading.value : null;
}

function usable({ quality }: Reading): boolean {
  return quality === 'fresh' || quality === 'late';
}
