/** A real Core with our blueprints in its folder, helpers to switch, and a telephone that hears: what a conformance test drives. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Core, startCore } from '../core.ts';
import { eventually, pause } from '../waiting.ts';

export const FOLDER = 'blueprints/automation/boxenergie';
/** What a telephone got; as its app receives it. */
export interface Push {
  readonly title?: string;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>> & { readonly actions?: readonly { readonly action: string }[] };
}
interface Call {
  readonly domain: string;
  readonly service: string;
  readonly service_data: Readonly<Record<string, unknown>>;
}
export interface Kit extends AsyncDisposable {
  readonly core: Core;
  /** Device id of the telephone. */
  readonly phone: string;
  /** Makes an automation of a blueprint; again with the same alias: replaces it. */
  automate(alias: string, blueprint: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  /** States: helpers through their services, all else as a foreign integration would write it. */
  set(states: Readonly<Record<string, string | number>>): Promise<void>;
  state(entityId: string): Promise<string | undefined>;
  fire(event: string, data?: Readonly<Record<string, unknown>>): Promise<void>;
  call(domain: string, service: string, data?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Waits until all automations rest, then gives what was commanded (each command once) and pushed since the last time. */
  heard(): Promise<{ calls: string[]; pushes: Push[] }>;
  /** Stops and starts Core. */
  restart(): Promise<void>;
  /** Away from the ticks of each minute, which would come between. */
  quietMinute(): Promise<void>;
}

/** The app's own integration wants packages for cameras: a service of the same name stands in for it, and the sun's device for the telephone. */
const MORE = `notify:
  - platform: group
    name: mobile_app_sun
    services:
      - action: persistent_notification
template:
  - switch:
      - name: Stubborn
        state: "{{ is_state('input_boolean.stubborn', 'on') }}"
        turn_on: []
        turn_off: []
`;
const BOOLEANS = ['stubborn', 'charger', 'charger_2', 'heater', 'heater_2', 'load_a', 'load_b', 'load_c', 'load_d', 'load_e', 'pause'];
const NUMBERS = ['level', 'heat', 'power', 'deep', 'grid'];
const TEXTS = ['heat', 'heat_2', 'shed', 'shed_2', 'deep', 'period'];

export async function startKit(): Promise<Kit> {
  const core = await startCore({}, { more: MORE });
  for (const name of BOOLEANS) await core.ask('input_boolean/create', { name });
  for (const name of NUMBERS) await core.ask('input_number/create', { name, min: -100_000, max: 100_000, step: 0.01 });
  for (const name of TEXTS) await core.ask('input_text/create', { name, max: 255 });
  for (const file of blueprintFiles()) {
    const yaml = readFileSync(`${FOLDER}/${file}`, 'utf8');
    await core.ask('blueprint/save', { domain: 'automation', path: `boxenergie/${file}`, yaml });
  }
  const { flow_id } = await core.post<{ flow_id: string }>('/api/config/config_entries/flow', { handler: 'sun' });
  await core.post(`/api/config/config_entries/flow/${flow_id}`, {});
  const devices = await core.ask<{ id: string; name: string }[]>('config/device_registry/list');
  const phone = devices.find(({ name }) => name === 'Sun')?.id ?? '';
  let calls: Call[] = [];
  const listen = (): Promise<void> =>
    core.listen((event) => calls.push((event as { data: Call }).data), 'subscribe_events', { event_type: 'call_service' });
  await listen();
  const kit: Kit = {
    core,
    phone,
    async automate(alias, blueprint, input) {
      const path = `boxenergie/${blueprint}.yaml`;
      await core.post(`/api/config/automation/config/${alias}`, { alias, description: '', use_blueprint: { path, input } });
      await eventually(`${alias} is on`, async () => (await kit.state(`automation.${alias}`)) === 'on', 10_000);
    },
    async set(states) {
      for (const [entityId, state] of Object.entries(states)) await core.post(...written(entityId, state));
    },
    state: async (entityId) => (await statesOf(core)).get(entityId)?.state,
    fire: async (event, data = {}) => void (await core.post(`/api/events/${event}`, data)),
    call: async (domain, service, data = {}) => void (await core.post(`/api/services/${domain}/${service}`, data)),
    async heard() {
      await pause(120);
      const resting = async (): Promise<boolean> =>
        [...(await statesOf(core)).values()].every(({ attributes }) => (attributes.current ?? 0) === 0);
      await eventually('the automations rest', resting, 20_000);
      await pause(50);
      const pushes = calls.filter(({ service }) => service === 'mobile_app_sun').map((call) => call.service_data as unknown as Push);
      const found = { calls: commands(calls), pushes };
      calls = [];
      return found;
    },
    async restart() {
      await core.stop();
      await core.start();
      await listen();
    },
    async quietMinute() {
      const now = new Date();
      const ahead = 60 - now.getSeconds();
      // Every five minutes commands are repeated, which no script expects.
      if (ahead <= (now.getMinutes() % 5 === 4 ? 12 : 4)) await pause((ahead + 1) * 1000);
    },
    [Symbol.asyncDispose]: () => core[Symbol.asyncDispose](),
  };
  return kit;
}

export function blueprintFiles(): string[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
}

interface Written {
  readonly entity_id: string;
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}
async function statesOf(core: Core): Promise<Map<string, Written>> {
  return new Map((await core.ask<Written[]>('get_states')).map((state) => [state.entity_id, state]));
}

function written(entity_id: string, state: string | number): [path: string, body: Record<string, unknown>] {
  const domain = entity_id.split('.')[0] ?? '';
  if (domain === 'input_boolean') return [`/api/services/input_boolean/turn_${state}`, { entity_id }];
  if (domain === 'input_number' || domain === 'input_text') return [`/api/services/${domain}/set_value`, { entity_id, value: state }];
  return [`/api/states/${entity_id}`, { state: String(state) }];
}

/** Our blueprints command through the domain homeassistant, so the test's own strokes are not among these. */
function commands(calls: readonly Call[]): string[] {
  const ours = calls.filter(({ domain }) => domain === 'homeassistant' || domain === 'button');
  const lines = ours.flatMap(({ service, service_data: { entity_id = [] } }) => [entity_id].flat().map((id) => `${service} ${id}`));
  return [...new Set(lines)].sort();
}
