/** The Energy dashboard: says what could be added to it, and adds that very thing when asked a second time. */
import { HomeAssistantRefusal } from '../ports/homeassistant-types.ts';
import { energyOffer, type Offer, type Preferences } from './energy-offer.ts';
import { type Help, realIds, say } from './help.ts';

/** What was shown to the person, as she saw it. */
export interface Proposal {
  readonly lines: string;
  readonly atMs: number;
}

const SAID = {
  old: {
    en: 'Home Assistant 2026.3 or newer is needed for this; the documentation tells how to do it by hand',
    fr: 'Il faut Home Assistant 2026.3 ou plus récent ; la documentation dit comment le faire à la main',
  },
  nothing: { en: 'Nothing to add to the energy settings', fr: "Rien à ajouter aux réglages d'énergie" },
  proposed: {
    en: '{0} additions proposed: see the notification, then press Apply',
    fr: '{0} ajouts proposés : lisez la notification, puis appuyez sur Appliquer',
  },
  first: { en: 'Press Propose first, and read what would be added', fr: "Appuyez d'abord sur Proposer, et lisez ce qui serait ajouté" },
  changed: {
    en: 'The settings are no longer those of the proposal: read the new one, then press Apply again',
    fr: 'Les réglages ne sont plus ceux de la proposition : lisez la nouvelle, puis appuyez de nouveau sur Appliquer',
  },
  applied: {
    en: '{0} additions made to the energy settings; prices can be entered in Settings > Dashboards > Energy',
    fr: "{0} ajouts faits aux réglages d'énergie ; les prix se saisissent dans Paramètres > Tableaux de bord > Énergie",
  },
  title: { en: 'Boxénergie: energy settings', fr: "Boxénergie : réglages d'énergie" },
  intro: {
    en: 'This would be added to the Energy dashboard. Nothing is removed or changed. Press "Apply the energy settings" on the Boxénergie device to accept.',
    fr: "Voici ce qui serait ajouté au tableau de bord Énergie. Rien n'est retiré ni modifié. Pour accepter, appuyez sur « Appliquer les réglages d'énergie » de l'appareil Boxénergie.",
  },
};
/** After this time nobody remembers what was proposed. */
const VALID_MS = 30 * 60_000;
const NOTIFICATION = 'boxenergie_energy';

export interface Outcome {
  readonly said: string;
  readonly proposal: Proposal | undefined;
}

export async function proposeEnergy(help: Help, nowMs: number): Promise<Outcome> {
  if (!isNewEnough(help)) return { said: say(help, SAID.old), proposal: undefined };
  const offer = await offerFor(help);
  const lines = linesOf(offer, help);
  if (offer.additions === 0) return { said: [say(help, SAID.nothing), ...(lines === '' ? [] : [lines])].join(': '), proposal: undefined };
  await notify(help, lines);
  return { said: say(help, SAID.proposed, offer.additions), proposal: { lines, atMs: nowMs } };
}

/** Only what was proposed and is still the same. Source: Core, components/energy/websocket_api.py: each list given is replaced. */
export async function applyEnergy(help: Help, proposal: Proposal | undefined, nowMs: number): Promise<Outcome> {
  if (proposal === undefined || nowMs - proposal.atMs > VALID_MS) return { said: say(help, SAID.first), proposal: undefined };
  const offer = await offerFor(help);
  const lines = linesOf(offer, help);
  if (offer.additions === 0) return { said: say(help, SAID.nothing), proposal: undefined };
  if (lines !== proposal.lines) {
    await notify(help, lines);
    return { said: say(help, SAID.changed), proposal: { lines, atMs: nowMs } };
  }
  await help.session.ask('energy/save_prefs', { ...offer.preferences });
  await call(help, 'dismiss', { notification_id: NOTIFICATION });
  return { said: say(help, SAID.applied, offer.additions), proposal: undefined };
}

async function offerFor(help: Help): Promise<Offer> {
  const { session, devices } = help;
  const states = await session.ask<{ entity_id: string; state: string }[]>('get_states');
  const values = new Map(states.map(({ entity_id, state }) => [entity_id, Number(state)]));
  const preferences = await currentPreferences(help);
  const resolve = await realIds(help);
  return energyOffer({ devices, resolve, preferences, knowsCharge: atLeast(session.version, 2026, 6), valueOf: (id) => values.get(id) });
}

async function currentPreferences({ session }: Help): Promise<Preferences> {
  try {
    const { energy_sources, device_consumption } = await session.ask<Preferences>('energy/get_prefs');
    return { energy_sources, device_consumption };
  } catch (error) {
    if (error instanceof HomeAssistantRefusal && error.code === 'not_found') return { energy_sources: [], device_consumption: [] };
    throw error;
  }
}

/** Before 2026.3 the grid had another form. */
function isNewEnough({ session }: Help): boolean {
  return atLeast(session.version, 2026, 3);
}

function atLeast(version: string, year: number, month: number): boolean {
  const [ofYear = 0, ofMonth = 0] = version.split('.').map(Number);
  return ofYear > year || (ofYear === year && ofMonth >= month);
}

function linesOf({ lines }: Offer, { language }: Help): string {
  return lines.map((line) => line[language]).join('\n');
}

async function notify(help: Help, lines: string): Promise<void> {
  const message = `${say(help, SAID.intro)}\n\n${lines}`;
  await call(help, 'create', { notification_id: NOTIFICATION, title: say(help, SAID.title), message });
}

async function call({ session }: Help, service: string, service_data: Readonly<Record<string, unknown>>): Promise<void> {
  await session.ask('call_service', { domain: 'persistent_notification', service, service_data });
}
