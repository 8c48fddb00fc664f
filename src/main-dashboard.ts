/** `boxenergie dashboard`: the YAML of a dashboard for this house, to paste into Home Assistant. Loaded only when asked for. */
import { readFile } from 'node:fs/promises';
import { devicesOfHouse } from './app-declared.ts';
import { formatProblem } from './config/check.ts';
import { demoYaml } from './config/demo.ts';
import { toHouse } from './config/house.ts';
import { printYaml } from './config/print.ts';
import { validateHouse } from './config/validate.ts';
import { drivers } from './drivers/index.ts';
import { dashboardOf } from './homeassistant/dashboard.ts';
import { declaredIds } from './homeassistant/dashboard-cards.ts';
import { communityDashboard } from './homeassistant/dashboard-community.ts';
import type { DashboardOptions } from './main-options-tools.ts';
import type { Language } from './model.ts';
import { systemClock } from './ports/clock.ts';

const HEADS: Readonly<Record<'built-in' | 'community', Readonly<Record<Language, string>>>> = {
  'built-in': {
    en: '# A dashboard with built-in cards: Settings > Dashboards > Add > New dashboard, then Edit > Raw configuration editor.\n',
    fr: '# Un tableau de bord en cartes intégrées : Paramètres > Tableaux de bord > Ajouter, puis Modifier > Éditeur de configuration.\n',
  },
  community: {
    en: '# Needs Mushroom, ApexCharts Card and Power Flow Card Plus, installed through HACS.\n',
    fr: '# Demande Mushroom, ApexCharts Card et Power Flow Card Plus, installées par HACS.\n',
  },
};

/** Without a file: the simulated house. Rejects with what to mend in a file that is not valid. */
export async function dashboardYaml({ config, language, community }: DashboardOptions): Promise<string> {
  const text = config === undefined ? demoYaml(language ?? 'en') : await readFile(config, 'utf8');
  const { raw, problems } = validateHouse(text, config ?? 'demo', drivers);
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  const house = toHouse(raw);
  const spoken = language ?? house.language;
  const devices = devicesOfHouse({ ...house, language: spoken }, drivers, systemClock());
  const dashboard = (community ? communityDashboard : dashboardOf)(devices, spoken, declaredIds);
  return HEADS[community ? 'community' : 'built-in'][spoken] + printYaml(dashboard);
}
