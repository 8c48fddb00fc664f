/** The house file: is it accepted, and what does it describe. */
import { finding, same, say } from './say.ts';
import type { Check } from './types.ts';

const MOST_PROBLEMS = 20;

export const configuration: Check = {
  id: 'configuration',
  title: say('Configuration', 'Configuration'),
  limitMs: 5_000,
  async run({ house }) {
    const { path, unread, problems, devices } = house;
    const file = say('House file', 'Fichier de la maison');
    if (path === undefined) {
      const mend = say('Name it: --config FILE', 'Indiquez-le : --config FICHIER');
      return [
        finding(
          'not-applicable',
          file,
          say('none named: only the machine is examined', 'aucun indiqué : seule la machine est examinée'),
          mend,
        ),
      ];
    }
    if (unread !== undefined) {
      const mend = say('Check its name and that it may be read', 'Vérifiez son nom et le droit de lecture');
      return [finding('failed', file, say(`cannot be read: ${unread}`, `illisible : ${unread}`), mend)];
    }
    if (problems.length > 0) {
      return problems
        .slice(0, MOST_PROBLEMS)
        .map(({ file: name, line, column, field, problem, mend }) =>
          finding('failed', file, same(`${name}:${line}:${column}: ${field}: ${problem}`), same(mend)),
        );
    }
    const list = devices.map(({ id, type }) => `${id} (${type})`).join(', ') || '—';
    return [
      finding('ok', file, say(`${path} is accepted`, `${path} est accepté`)),
      devices.length === 0
        ? finding(
            'warning',
            say('Devices', 'Appareils'),
            say('none', 'aucun'),
            say('Describe your devices in it', 'Décrivez-y vos appareils'),
          )
        : finding('ok', say('Devices', 'Appareils'), same(list)),
    ];
  },
};
