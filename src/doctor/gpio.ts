/** GPIO: is the header's chip there and open to us, does sysfs have to help out, and is every configured line free. */
import { findHeader, HEADER_BOARDS, type Header, isOpen, type Placed, placeLines } from './header.ts';
import { finding, messageOf, same, say } from './say.ts';
import type { Check, Finding, Scene } from './types.ts';

/** As this program calls itself to the kernel. */
const OURSELVES = 'boxenergie';

export const gpio: Check = {
  id: 'gpio',
  title: same('GPIO'),
  limitMs: 5_000,
  async run(scene) {
    const needed = scene.house.lines.length > 0;
    let found: Header;
    try {
      found = await findHeader(scene);
    } catch (error) {
      const mend = say('Install the program again: npm ci', 'Réinstallez le programme : npm ci');
      return [finding(needed ? 'failed' : 'unknown', say('Character device', 'Périphérique caractère'), same(messageOf(error)), mend)];
    }
    const lines = await Promise.all((await placeLines(scene, found)).map((placed) => lineState(scene, placed)));
    return [chipState(found, needed), await sysfsState(scene, found, needed), ...lines];
  },
};

function chipState({ chips, header }: Header, needed: boolean): Finding {
  const subject = say("Header's chip", 'Puce du connecteur');
  if (header !== undefined) {
    const { path, label, lines } = header;
    const board = HEADER_BOARDS.get(label) ?? '';
    return finding(
      'ok',
      subject,
      say(`${path} is ${label} (${board}), ${lines} lines`, `${path} est ${label} (${board}), ${lines} lignes`),
    );
  }
  const refused = chips.flatMap((chip) => ('refused' in chip ? [`${chip.path}: ${chip.refused}`] : []));
  if (refused.length > 0) {
    const mend = say(
      'Home Assistant OS: the app needs gpio: true; elsewhere: add the user to the group gpio',
      "Home Assistant OS : l'application a besoin de gpio: true ; ailleurs : ajoutez l'utilisateur au groupe gpio",
    );
    return finding(
      needed ? 'failed' : 'warning',
      subject,
      say(`may not be opened: ${refused.join(', ')}`, `accès refusé : ${refused.join(', ')}`),
      mend,
    );
  }
  const others = chips.filter(isOpen).map(({ path, label }) => `${path} (${label})`);
  const found =
    others.length === 0
      ? say('no /dev/gpiochip on this machine', 'aucun /dev/gpiochip sur cette machine')
      : say(`none of a Raspberry Pi: ${others.join(', ')}`, `aucune d'un Raspberry Pi : ${others.join(', ')}`);
  const mend =
    others.length === 0
      ? say('Docker: hand over /dev/gpiochip0 under devices', 'Docker : transmettez /dev/gpiochip0 sous devices')
      : say('Name the chip of each line by its label', 'Nommez la puce de chaque ligne par son étiquette');
  return finding(needed ? 'warning' : 'not-applicable', subject, found, mend);
}

/** The second backend: only of interest where the first cannot work. */
async function sysfsState({ machine }: Scene, { chips }: Header, needed: boolean): Promise<Finding> {
  const subject = say('sysfs fallback', 'Secours sysfs');
  const present = await machine.exists('/sys/class/gpio/export');
  if (chips.some(isOpen)) {
    return finding(
      'not-applicable',
      subject,
      say('not needed: the character device works', 'inutile : le périphérique caractère fonctionne'),
    );
  }
  if (!present) return finding('not-applicable', subject, say('this kernel has none', "ce noyau n'en a pas"));
  if (await machine.may('/sys/class/gpio/export', 'write')) {
    const mend = say('Give access to the character device instead', 'Donnez plutôt accès au périphérique caractère');
    return finding('warning', subject, say('usable, but it loses short pulses', 'utilisable, mais perd les impulsions courtes'), mend);
  }
  const mend = say('Give access to the character device', 'Donnez accès au périphérique caractère');
  return finding(needed ? 'failed' : 'warning', subject, say('there, but read-only', 'présent, mais en lecture seule'), mend);
}

async function lineState({ gpio: look }: Scene, { use, chip }: Placed): Promise<Finding> {
  const subject = say(`${use.owner}, line ${use.line}`, `${use.owner}, ligne ${use.line}`);
  const another = say('Free it there, or use another line', 'Libérez-la là-bas, ou prenez une autre ligne');
  if (chip === undefined) {
    return finding(
      'failed',
      subject,
      say(`no chip ${use.chip} could be opened`, `aucune puce ${use.chip} accessible`),
      say('See the chip above', 'Voyez la puce ci-dessus'),
    );
  }
  if (use.line >= chip.lines) {
    const mend = say(`Use a line from 0 to ${chip.lines - 1} (the BCM number)`, `Prenez une ligne de 0 à ${chip.lines - 1} (numéro BCM)`);
    return finding('failed', subject, say(`${chip.label} has no such line`, `${chip.label} n'a pas cette ligne`), mend);
  }
  try {
    const { used, consumer } = await look.line(chip.path, use.line);
    if (!used) return finding('ok', subject, say('free', 'libre'));
    if (consumer === OURSELVES)
      return finding('ok', subject, say('held by Boxénergie, which is running', 'tenue par Boxénergie, en marche'));
    if (consumer === 'sysfs') {
      const found = say(
        'held through sysfs: by Boxénergie there, or by another program',
        'tenue par sysfs : par Boxénergie ou par un autre programme',
      );
      return finding('warning', subject, found, another);
    }
    if (consumer !== '') return finding('failed', subject, say(`held by "${consumer}"`, `tenue par « ${consumer} »`), another);
    const mend = say(
      'Switch the other function of this pin off in config.txt, or use another line',
      "Coupez l'autre fonction de cette broche dans config.txt, ou prenez une autre ligne",
    );
    return finding('failed', subject, say('kept by the kernel for another function', 'gardée par le noyau pour une autre fonction'), mend);
  } catch (error) {
    return finding('unknown', subject, say(`the kernel does not say: ${messageOf(error)}`, `le noyau ne répond pas : ${messageOf(error)}`));
  }
}
