/** Puts our blueprints where Home Assistant keeps them; one that is there is never touched. */
import { HomeAssistantRefusal } from '../ports/homeassistant-types.ts';
import { type Help, say } from './help.ts';

export interface BlueprintFile {
  /** Below the folder of automations, such as `boxenergie/charge_control.yaml`. */
  readonly path: string;
  readonly yaml: string;
}

const SAID = {
  none: { en: 'This version brings no blueprint', fr: "Cette version n'apporte aucun blueprint" },
  done: {
    en: '{0} blueprints installed, {1} already there and left as they are',
    fr: '{0} blueprints installés, {1} déjà présents et laissés tels quels',
  },
  refused: { en: ', {0} refused: {1}', fr: ', {0} refusés : {1}' },
};

/** Source: Core, components/blueprint/websocket_api.py: without `allow_override` an existing file is refused. */
export async function installBlueprints(help: Help, files: readonly BlueprintFile[]): Promise<string> {
  if (files.length === 0) return say(help, SAID.none);
  let installed = 0;
  let there = 0;
  const refused: string[] = [];
  for (const { path, yaml } of files) {
    try {
      await help.session.ask('blueprint/save', { domain: 'automation', path, yaml });
      installed += 1;
    } catch (error) {
      if (!(error instanceof HomeAssistantRefusal)) throw error;
      if (error.code === 'already_exists') there += 1;
      else refused.push(`${path} (${error.message})`);
    }
  }
  const end = refused.length === 0 ? '' : say(help, SAID.refused, refused.length, refused.join(', '));
  return say(help, SAID.done, installed, there) + end;
}
