/** Creates the dashboard in Home Assistant, once: one that is there is never touched. */
import { HomeAssistantRefusal } from '../ports/homeassistant-types.ts';
import { dashboardOf, entitiesIn } from './dashboard.ts';
import { type Help, realIds, say } from './help.ts';

const SAID = {
  created: {
    en: 'The dashboard is in the side bar: /{0}, {1} views, {2} entities. It is yours now: change it as you like',
    fr: 'Le tableau de bord est dans la barre latérale : /{0}, {1} vues, {2} entités. Il est à vous : modifiez-le à votre gré',
  },
  there: {
    en: 'The dashboard /{0} is already there and was left as it is. Delete it to have it made again',
    fr: "Le tableau de bord /{0} existe déjà et n'a pas été touché. Supprimez-le pour qu'il soit refait",
  },
  nothing: {
    en: 'Home Assistant does not know our entities yet: try again in a minute',
    fr: 'Home Assistant ne connaît pas encore nos entités : réessayez dans une minute',
  },
};

/** Its own for each installation: two houses in one Home Assistant have two. */
export function dashboardPath(install: string): string {
  return `boxenergie-${install}`;
}

/** Source: frontend src/data/lovelace/dashboard.ts; Core, components/lovelace/websocket.py. */
export async function createDashboard(help: Help): Promise<string> {
  const { session, devices, language, install } = help;
  const url_path = dashboardPath(install);
  const existing = await session.ask<{ url_path: string }[]>('lovelace/dashboards/list');
  const exists = existing.some((dashboard) => dashboard.url_path === url_path);
  if (exists && !(await isEmpty(help, url_path))) return say(help, SAID.there, url_path);
  const dashboard = dashboardOf(devices, language, await realIds(help));
  const entities = entitiesIn(dashboard).length;
  if (entities === 0) return say(help, SAID.nothing);
  const look = { title: dashboard.title, icon: 'mdi:home-battery', show_in_sidebar: true, require_admin: false, mode: 'storage' };
  if (!exists) await session.ask('lovelace/dashboards/create', { url_path, ...look });
  await session.ask('lovelace/config/save', { url_path, config: dashboard });
  return say(help, SAID.created, url_path, dashboard.views.length, entities);
}

/** The connection was lost between its creation and its content. */
async function isEmpty({ session }: Help, url_path: string): Promise<boolean> {
  try {
    await session.ask('lovelace/config', { url_path, force: false });
    return false;
  } catch (error) {
    if (error instanceof HomeAssistantRefusal && error.code === 'config_not_found') return true;
    throw error;
  }
}
