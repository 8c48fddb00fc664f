/** What Core knows of us: its registries and states, by our own ids. */
import type { Core } from './core.ts';

export interface RegistryEntry {
  readonly entity_id: string;
  readonly unique_id: string;
  readonly platform: string;
  readonly device_id: string | null;
  readonly disabled_by: string | null;
  readonly entity_category: string | null;
  readonly original_name: string | null;
  readonly original_device_class: string | null;
  readonly capabilities: Readonly<Record<string, unknown>> | null;
  readonly options: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
export interface RegistryDevice {
  readonly id: string;
  readonly identifiers: readonly (readonly string[])[];
  readonly name: string | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly via_device_id: string | null;
}
export interface State {
  readonly entity_id: string;
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Our entities, whole, by unique id. A duplicate is an error. */
export async function entitiesIn(core: Core, install: string): Promise<Map<string, RegistryEntry>> {
  const all = await core.ask<RegistryEntry[]>('config/entity_registry/list');
  const ours = all.filter(({ unique_id }) => unique_id.startsWith(`boxenergie_${install}_`));
  if (ours.length === 0) return new Map();
  const entity_ids = ours.map(({ entity_id }) => entity_id);
  const whole = await core.ask<Record<string, RegistryEntry>>('config/entity_registry/get_entries', { entity_ids });
  const byId = new Map(Object.values(whole).map((entry) => [entry.unique_id, entry]));
  if (byId.size !== ours.length) throw new Error('two entities have one unique id');
  return byId;
}

/** Our devices by the id that we gave them. */
export async function devicesIn(core: Core, install: string): Promise<Map<string, RegistryDevice>> {
  const start = `boxenergie_${install}_`;
  const ours = (await core.ask<RegistryDevice[]>('config/device_registry/list')).flatMap((device) =>
    device.identifiers.filter(([, id]) => id?.startsWith(start)).map(([, id = '']) => [id.slice(start.length), device] as const),
  );
  if (new Map(ours).size !== ours.length) throw new Error('two devices have one identifier');
  return new Map(ours);
}

export async function statesIn(core: Core): Promise<Map<string, State>> {
  return new Map((await core.ask<State[]>('get_states')).map((state) => [state.entity_id, state]));
}

/** Enabled entities of ours that are missing or unavailable now. */
export async function absentIn(core: Core, install: string): Promise<string[]> {
  const states = await statesIn(core);
  const enabled = [...(await entitiesIn(core, install)).values()].filter(({ disabled_by }) => disabled_by === null);
  if (enabled.length === 0) return ['everything'];
  return enabled.map(({ entity_id }) => entity_id).filter((id) => (states.get(id)?.state ?? 'unavailable') === 'unavailable');
}
