/** The data directory and the disk below it: writable, roomy, worn, and the store file whole. */
import { join } from 'node:path';
import { holderNames, holdersOf } from './holders.ts';
import { finding, say } from './say.ts';
import type { Check, Finding, Machine } from './types.ts';

const STORE = 'boxenergie.db';
const MEGABYTE = 1_000_000;
const SCARCE_BYTES = 500 * MEGABYTE;
const FULL_BYTES = 20 * MEGABYTE;

export const disk: Check = {
  id: 'disk',
  title: say('Disk', 'Disque'),
  limitMs: 20_000,
  async run({ machine, dataDirectory }) {
    const path = await machine.real(dataDirectory);
    const subject = say('Data directory', 'Dossier de données');
    if (path === undefined) {
      const mend = say(
        'It is made at the first start; else name it: --data DIR',
        'Il est créé au premier démarrage ; sinon indiquez-le : --data DOSSIER',
      );
      return [finding('not-applicable', subject, say(`${dataDirectory} does not exist`, `${dataDirectory} n'existe pas`), mend)];
    }
    const mount = mountOf((await machine.text('/proc/mounts')) ?? '', path);
    return [await writable(machine, path, mount), await room(machine, path), await wear(machine, mount), await store(machine, path)];
  },
};

interface Mount {
  readonly device: string;
  readonly point: string;
  readonly kind: string;
  readonly readOnly: boolean;
}

/** The file system that holds `path`: the longest mount point above it, the last one where two lie on each other. */
export function mountOf(mounts: string, path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const line of mounts.split('\n')) {
    const [device = '', escaped = '', kind = '', options = ''] = line.split(' ');
    if (escaped === '') continue;
    const point = escaped.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const above = point === '/' || path === point || path.startsWith(`${point}/`);
    if (above && point.length >= (best?.point.length ?? 0)) best = { device, point, kind, readOnly: options.split(',').includes('ro') };
  }
  return best;
}

async function writable(machine: Machine, path: string, mount: Mount | undefined): Promise<Finding> {
  const subject = say('Data directory', 'Dossier de données');
  if (mount?.readOnly) {
    const mend = say(
      'A worn card turns read-only: replace it, then restore a backup',
      'Une carte usée passe en lecture seule : remplacez-la, puis restaurez une sauvegarde',
    );
    return finding('failed', subject, say(`${path} is mounted read-only`, `${path} est monté en lecture seule`), mend);
  }
  if (await machine.may(path, 'write')) return finding('ok', subject, say(`${path} may be written`, `${path} est accessible en écriture`));
  const mend = say('Give it to the user that runs the program', "Donnez-le à l'utilisateur qui lance le programme");
  return finding('failed', subject, say(`${path} may not be written`, `${path} n'est pas accessible en écriture`), mend);
}

async function room(machine: Machine, path: string): Promise<Finding> {
  const subject = say('Free space', 'Espace libre');
  const space = await machine.space(path);
  if (space === undefined) return finding('unknown', subject, say('cannot be told', 'impossible à dire'));
  const [free, total] = [Math.floor(space.freeBytes / MEGABYTE), Math.floor(space.totalBytes / MEGABYTE)];
  const status = space.freeBytes < FULL_BYTES ? 'failed' : space.freeBytes < SCARCE_BYTES ? 'warning' : 'ok';
  const mend = say('Remove old backups and unused apps', 'Supprimez de vieilles sauvegardes et les applications inutiles');
  return finding(status, subject, say(`${free} MB of ${total} MB`, `${free} Mo sur ${total} Mo`), mend);
}

/** SD cards tell nothing about their wear; the memory soldered on a Compute Module does (JEDEC eMMC, life time estimation). */
async function wear(machine: Machine, mount: Mount | undefined): Promise<Finding> {
  const subject = say('Wear', 'Usure');
  const card = /^\/dev\/(mmcblk\d+)/.exec(mount?.device ?? '')?.[1];
  if (mount === undefined || !mount.device.startsWith('/dev/')) {
    return finding(
      'unknown',
      subject,
      say(`the disk below is not shown (${mount?.kind ?? '?'})`, `le disque sous-jacent n'est pas visible (${mount?.kind ?? '?'})`),
    );
  }
  if (card === undefined)
    return finding('not-applicable', subject, say(`${mount.device}: no memory card`, `${mount.device} : pas une carte mémoire`));
  const life = (await machine.text(`/sys/block/${card}/device/life_time`))?.trim();
  const mend = say('Keep backups elsewhere; an SSD lasts longer', 'Gardez des sauvegardes ailleurs ; un SSD dure plus longtemps');
  const tenths = Math.max(...(life ?? '').split(/\s+/).map((part) => Number.parseInt(part, 16) || 0));
  if (tenths > 0) {
    const found = say(
      `${card}: ${tenths * 10 - 10} to ${tenths * 10} % of its life used`,
      `${card} : ${tenths * 10 - 10} à ${tenths * 10} % de sa vie écoulée`,
    );
    return finding(tenths > 10 ? 'failed' : tenths > 8 ? 'warning' : 'ok', subject, found, mend);
  }
  return finding(
    'warning',
    subject,
    say(`${card} is an SD card, and does not say how worn it is`, `${card} est une carte SD, et ne dit pas son usure`),
    mend,
  );
}

async function store(machine: Machine, path: string): Promise<Finding> {
  const subject = say('Store file', 'Fichier de données');
  const file = join(path, STORE);
  if (!(await machine.exists(file))) return finding('not-applicable', subject, say('none yet', 'aucun encore'));
  const { holders } = await holdersOf(machine, file);
  const mend = say('It examines the file itself at each start', 'Il examine lui-même le fichier à chaque démarrage');
  if (holders.length > 0) {
    const names = holderNames(holders);
    return finding('unknown', subject, say(`in use by ${names}: not examined`, `utilisé par ${names} : pas examiné`), mend);
  }
  const { verdict, detail } = await machine.inspectDatabase(file);
  if (verdict === 'ok') return finding('ok', subject, say('whole', 'intact'));
  if (verdict === 'moving') return finding('unknown', subject, say('in use: not examined', 'utilisé : pas examiné'), mend);
  if (verdict === 'large')
    return finding('unknown', subject, say(`too large to be examined (${detail})`, `trop gros pour être examiné (${detail})`), mend);
  if (verdict === 'unreadable') return finding('unknown', subject, say(`cannot be read: ${detail}`, `illisible : ${detail}`));
  const restore = say(
    'The program restores its copy at the next start; keep a backup',
    'Le programme restaure sa copie au prochain démarrage ; gardez une sauvegarde',
  );
  return finding('failed', subject, say(`damaged: ${detail}`, `endommagé : ${detail}`), restore);
}
