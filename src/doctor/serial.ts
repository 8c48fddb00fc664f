/** Serial ports: which lasting names there are, and for each configured one whether it exists, may be opened and is free. */
import { holderNames, holdersOf } from './holders.ts';
import { finding, same, say } from './say.ts';
import type { Check, Finding, Machine, PortUse } from './types.ts';

const BY_ID = '/dev/serial/by-id';
/** Numbers that change with the order of plugging in. */
const UNSTABLE = /^\/dev\/tty(USB|ACM)\d+$/;

export const serial: Check = {
  id: 'serial',
  title: say('Serial ports', 'Ports série'),
  limitMs: 10_000,
  async run({ machine, house }) {
    const names = await lastingNames(machine);
    const adapters = say('USB adapters', 'Adaptateurs USB');
    const none = say(`nothing in ${BY_ID}`, `rien dans ${BY_ID}`);
    const listed = [...names].map(([name, port]) => finding('ok', adapters, same(`${name} = ${port}`)));
    const states = await Promise.all(house.ports.map((use) => portState(machine, use, names)));
    return [...(listed.length === 0 ? [finding('not-applicable', adapters, none)] : listed), ...states.flat()];
  },
};

/** Lasting name to the node that it stands for now. */
async function lastingNames(machine: Machine): Promise<ReadonlyMap<string, string>> {
  const names = (await machine.names(BY_ID)) ?? [];
  const ports = await Promise.all(names.map((name) => machine.real(`${BY_ID}/${name}`)));
  return new Map(names.map((name, i) => [`${BY_ID}/${name}`, ports[i] ?? '?']));
}

async function portState(machine: Machine, { owner, path }: PortUse, names: ReadonlyMap<string, string>): Promise<Finding[]> {
  const subject = same(`${owner}, ${path}`);
  const node = await machine.real(path);
  if (node === undefined) {
    const others = [...names.keys()].join(', ');
    const mend =
      others === ''
        ? say('Plug the adapter in', "Branchez l'adaptateur")
        : say(`Plug it in, or use ${others}`, `Branchez-le, ou prenez ${others}`);
    return [finding('failed', subject, say('does not exist', "n'existe pas"), mend)];
  }
  const findings: Finding[] = [];
  if (UNSTABLE.test(path)) {
    const lasting = [...names].find(([, port]) => port === node)?.[0] ?? (await byPath(machine, node));
    const mend =
      lasting === undefined
        ? say('Name it by its link in /dev/serial, if it has one', "Nommez-le par son lien dans /dev/serial, s'il en a un")
        : say(`Write port: ${lasting}`, `Écrivez port: ${lasting}`);
    findings.push(finding('warning', subject, say('this name may change at each start', 'ce nom peut changer à chaque démarrage'), mend));
  }
  if (!(await machine.may(path, 'both'))) {
    const mend = say(
      'The app needs uart: true; elsewhere add the user to the group dialout',
      "L'application a besoin de uart: true ; ailleurs ajoutez l'utilisateur au groupe dialout",
    );
    return [...findings, finding('failed', subject, say('may not be opened', 'accès refusé'), mend)];
  }
  const { holders, complete } = await holdersOf(machine, path);
  const held = say(`held by ${holderNames(holders)}`, `tenu par ${holderNames(holders)}`);
  if (holders.length > 0 && holders.every(({ ours }) => ours)) return [...findings, finding('ok', subject, held)];
  if (holders.length > 0) {
    const mend = say('Only one program can read it: stop the other one', "Un seul programme peut le lire : arrêtez l'autre");
    return [...findings, finding('failed', subject, held, mend)];
  }
  if (complete) return [...findings, finding('ok', subject, say('there, open to us, free', 'présent, accessible, libre'))];
  const found = say(
    'there and open to us; not every process could be asked who holds it',
    'présent et accessible ; tous les processus n’ont pas pu être examinés',
  );
  return [...findings, finding('unknown', subject, found, say('Run the diagnosis as root', 'Lancez le diagnostic en root'))];
}

/** For adapters without a serial number: the name of the socket they are plugged into. */
async function byPath(machine: Machine, node: string): Promise<string | undefined> {
  const folder = '/dev/serial/by-path';
  for (const name of (await machine.names(folder)) ?? [])
    if ((await machine.real(`${folder}/${name}`)) === node) return `${folder}/${name}`;
  return undefined;
}
