/** Where the helper buttons find Home Assistant, and the blueprints that this version brings. */
import { readdir, readFile } from 'node:fs/promises';
import type { HelperAccess } from './app-helpers.ts';
import type { BlueprintFile } from './homeassistant/help-blueprints.ts';
import type { RunOptions } from './main-options.ts';
import { homeAssistantAt, SUPERVISOR_WEBSOCKET } from './ports/homeassistant.ts';

/** Also true of the compiled program: blueprints/ stands beside src/ and dist/. */
const BLUEPRINTS = new URL('../blueprints/automation/boxenergie/', import.meta.url);

/** The Supervisor's door inside the app, the address of the command line elsewhere; nothing where neither is. */
export function helperAccess({ supervised, homeAssistant }: RunOptions, supervisorToken: string | undefined): HelperAccess | undefined {
  const blueprints = (): Promise<BlueprintFile[]> => readBlueprints(BLUEPRINTS);
  if (homeAssistant !== undefined) return { homeAssistant: homeAssistantAt(homeAssistant.url, homeAssistant.token), blueprints };
  if (!supervised || supervisorToken === undefined) return undefined;
  return { homeAssistant: homeAssistantAt(SUPERVISOR_WEBSOCKET, supervisorToken), blueprints };
}

/** In the order of their names; none where there is no such folder. */
export async function readBlueprints(folder: URL): Promise<BlueprintFile[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.yaml')).sort();
  return Promise.all(files.map(async (name) => ({ path: `boxenergie/${name}`, yaml: await readFile(new URL(name, folder), 'utf8') })));
}
