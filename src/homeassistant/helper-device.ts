/** What the app offers to set up in Home Assistant, as buttons on its own device: nothing happens before one is pressed. */
import type { Entity, Text } from '../model.ts';

export const HELPERS = ['create_dashboard', 'install_blueprints', 'sort_devices', 'propose_energy', 'apply_energy'] as const;
export type Helper = (typeof HELPERS)[number];
/** Where the outcome of the last one is told. */
export const HELPER_RESULT = 'helper_result';

const NAMES: Readonly<Record<Helper, Text>> = {
  create_dashboard: { en: 'Create the dashboard', fr: 'Créer le tableau de bord' },
  install_blueprints: { en: 'Install the blueprints', fr: 'Installer les blueprints' },
  sort_devices: { en: 'Set areas and labels', fr: 'Ranger par pièces et étiquettes' },
  propose_energy: { en: 'Propose energy settings', fr: "Proposer les réglages d'énergie" },
  apply_energy: { en: 'Apply the energy settings', fr: "Appliquer les réglages d'énergie" },
};

export function isHelper(key: string): key is Helper {
  return (HELPERS as readonly string[]).includes(key);
}

export function describeHelpers(): Record<string, Entity> {
  const buttons = HELPERS.map((key): [string, Entity] => [key, { name: NAMES[key], quantity: 'flag', command: 'button' }]);
  const result: Entity = { name: { en: 'Last setup step', fr: 'Dernière étape de réglage' }, quantity: 'text' };
  return { ...Object.fromEntries(buttons), [HELPER_RESULT]: result };
}
