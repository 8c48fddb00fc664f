/** On what the program runs: board, kernel, Node, container, user. Other checks ask here whether this is a Raspberry Pi. */
import type { Text } from '../model.ts';
import { finding, same, say } from './say.ts';
import type { Check, Finding, Machine } from './types.ts';

/** Docker hides /proc/device-tree from an app; the kernel of the Raspberry Pi says the model in /proc/cpuinfo too. */
const MODEL_FILES = ['/proc/device-tree/model', '/sys/firmware/devicetree/base/model', '/device-tree/model'] as const;
/** The generations for which this program is made (Compute Modules, 400 and 500 included). */
const GENERATIONS: readonly (readonly [name: RegExp, generation: 3 | 4 | 5])[] = [
  [/^Raspberry Pi (3|Compute Module 3)/, 3],
  [/^Raspberry Pi (400|4|Compute Module 4)/, 4],
  [/^Raspberry Pi (500|5|Compute Module 5)/, 5],
];

/** The board as its device tree names it; undefined when nobody says. */
export async function boardModel(machine: Machine): Promise<string | undefined> {
  for (const path of MODEL_FILES) {
    const text = (await machine.text(path))?.replaceAll('\0', '').trim();
    if (text !== undefined && text !== '') return text;
  }
  return /^Model\s*:\s*(.+)$/m.exec((await machine.text('/proc/cpuinfo')) ?? '')?.[1]?.trim();
}

export function generationOf(model: string | undefined): 3 | 4 | 5 | undefined {
  return GENERATIONS.find(([name]) => name.test(model ?? ''))?.[1];
}

export const platform: Check = {
  id: 'platform',
  title: say('Platform', 'Plateforme'),
  limitMs: 5_000,
  async run({ machine }) {
    const { facts } = machine;
    return [
      board(await boardModel(machine), facts.arch),
      finding('ok', say('Kernel', 'Noyau'), same(`Linux ${facts.kernel}`)),
      architecture(facts.arch),
      node(facts.node),
      finding('ok', say('Surroundings', 'Environnement'), await surroundings(machine)),
      finding('ok', say('User', 'Utilisateur'), same(await user(machine))),
    ];
  },
};

function board(model: string | undefined, arch: string): Finding {
  const subject = say('Board', 'Carte');
  const generation = generationOf(model);
  if (model !== undefined && generation !== undefined) {
    return finding('ok', subject, say(`${model} (Raspberry Pi ${generation})`, `${model} (Raspberry Pi ${generation})`));
  }
  if (model?.startsWith('Raspberry Pi')) {
    return finding('warning', subject, same(model), say('Made for the Raspberry Pi 3, 4 and 5', 'Prévu pour les Raspberry Pi 3, 4 et 5'));
  }
  if (model !== undefined) return finding('not-applicable', subject, say(`${model}: no Raspberry Pi`, `${model} : pas un Raspberry Pi`));
  if (arch === 'x64') return finding('not-applicable', subject, say('a PC: no header', 'un PC : pas de connecteur GPIO'));
  const mend = say('See the GPIO chip below: its label tells the board', 'Voyez la puce GPIO plus bas : son étiquette dit la carte');
  return finding('unknown', subject, say('the device tree cannot be read here', 'le device tree est illisible ici'), mend);
}

function architecture(arch: string): Finding {
  const subject = say('Architecture', 'Architecture');
  if (arch === 'arm64' || arch === 'x64') return finding('ok', subject, same(arch));
  const mend = say(
    'Install the 64-bit system: only aarch64 and amd64 are served',
    'Installez le système 64 bits : seuls aarch64 et amd64 sont servis',
  );
  return finding('warning', subject, same(arch), mend);
}

function node(version: string): Finding {
  const major = Number(version.split('.')[0]);
  const mend = say('Install Node 24', 'Installez Node 24');
  return finding(major >= 24 ? 'ok' : 'warning', same('Node'), same(version), mend);
}

async function surroundings(machine: Machine): Promise<Text> {
  if (machine.facts.supervised) return say('app of the Home Assistant Supervisor', 'application du Supervisor de Home Assistant');
  const marks = await Promise.all(['/.dockerenv', '/run/.containerenv'].map((path) => machine.exists(path)));
  const groups = (await machine.text('/proc/1/cgroup')) ?? '';
  if (marks.includes(true) || /docker|containerd|kubepods|lxc/.test(groups)) {
    return say('container, without a Supervisor', 'conteneur, sans Supervisor');
  }
  return say('no container found', 'pas de conteneur trouvé');
}

async function user(machine: Machine): Promise<string> {
  const { uid, groups } = machine.facts;
  const named = async (path: string, id: number): Promise<string> => {
    const lines = ((await machine.text(path)) ?? '').split('\n').map((line) => line.split(':'));
    return lines.find(([, , number]) => number === String(id))?.[0] ?? String(id);
  };
  const names = await Promise.all(groups.map((id) => named('/etc/group', id)));
  return `${await named('/etc/passwd', uid)} (${uid}): ${[...new Set(names)].sort().join(', ') || '—'}`;
}
