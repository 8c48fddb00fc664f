/** The supply of a Raspberry Pi: under-voltage and throttling, now and since the start. */
import type { Text } from '../model.ts';
import { boardModel } from './platform.ts';
import { finding, same, say } from './say.ts';
import type { Check, Finding, Machine } from './types.ts';

/** Bits of the firmware's answer; the same 16 places higher: since the start (raspberrypi/firmware, get_throttled). */
const BITS: readonly (readonly [bit: number, name: Text])[] = [
  [0, say('under-voltage', 'sous-tension')],
  [1, say('frequency capped', 'fréquence limitée')],
  [2, say('throttled', 'ralenti')],
  [3, say('hot', 'chaud')],
];
const SUPPLY = say('Use the official power supply and a short cable', "Prenez l'alimentation officielle et un câble court");
const COOLING = say('Improve the cooling', 'Améliorez le refroidissement');

export const power: Check = {
  id: 'power',
  title: say('Power supply', 'Alimentation'),
  limitMs: 5_000,
  async run({ machine }) {
    const model = await boardModel(machine);
    const [history, now] = [await throttled(machine), await alarm(machine)];
    const subject = say('Under-voltage', 'Sous-tension');
    const elsewhere = model === undefined ? machine.facts.arch === 'x64' : !model.startsWith('Raspberry Pi');
    if (history === undefined && now === undefined && elsewhere) {
      return [finding('not-applicable', subject, say('only a Raspberry Pi tells', 'seul un Raspberry Pi le dit'))];
    }
    const mend = say('On the host of the Raspberry Pi: vcgencmd get_throttled', "Sur l'hôte du Raspberry Pi : vcgencmd get_throttled");
    const silent = say('since the start: this machine does not say', 'depuis le démarrage : cette machine ne le dit pas');
    return [history ?? finding('unknown', subject, silent, mend), ...(now === undefined ? [] : [now])];
  },
};

async function throttled(machine: Machine): Promise<Finding | undefined> {
  const text = await firmwareFile(machine, 'get_throttled');
  const word = Number.parseInt(text?.trim() ?? '', 16);
  if (!Number.isInteger(word)) return undefined;
  const set = (shift: number): Text[] => BITS.filter(([bit]) => ((word >>> (bit + shift)) & 1) === 1).map(([, name]) => name);
  const [now, since] = [set(0), set(16)];
  const subject = say('Firmware', 'Micrologiciel');
  const hex = `0x${word.toString(16)}`;
  if (now.length === 0 && since.length === 0)
    return finding('ok', subject, say(`no fault since the start (${hex})`, `aucun défaut depuis le démarrage (${hex})`));
  const mend = ((word | (word >>> 16)) & 1) === 1 ? SUPPLY : COOLING;
  const list = (names: readonly Text[], language: 'en' | 'fr'): string => names.map((name) => name[language]).join(', ');
  if (now.length > 0)
    return finding('failed', subject, say(`now: ${list(now, 'en')} (${hex})`, `maintenant : ${list(now, 'fr')} (${hex})`), mend);
  return finding(
    'warning',
    subject,
    say(`since the start: ${list(since, 'en')} (${hex})`, `depuis le démarrage : ${list(since, 'fr')} (${hex})`),
    mend,
  );
}

/** `/sys/devices/platform/soc/soc:firmware` up to the Raspberry Pi 4; the name of the folder carries an address on others. */
async function firmwareFile(machine: Machine, name: string): Promise<string | undefined> {
  const root = '/sys/devices/platform';
  for (const folder of ['soc', ...((await machine.names(root)) ?? [])]) {
    if (!/^soc/.test(folder)) continue;
    for (const inner of (await machine.names(`${root}/${folder}`)) ?? []) {
      if (!inner.endsWith(':firmware')) continue;
      const text = await machine.text(`${root}/${folder}/${inner}/${name}`);
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

/** The kernel's own watch (rpi_volt); its alarm stays for some seconds. */
async function alarm(machine: Machine): Promise<Finding | undefined> {
  const root = '/sys/class/hwmon';
  for (const each of (await machine.names(root)) ?? []) {
    if ((await machine.text(`${root}/${each}/name`))?.trim() !== 'rpi_volt') continue;
    const value = (await machine.text(`${root}/${each}/in0_lcrit_alarm`))?.trim();
    const subject = same('rpi_volt');
    if (value === '0') return finding('ok', subject, say('no under-voltage now', 'pas de sous-tension en ce moment'));
    if (value === '1') return finding('failed', subject, say('under-voltage', 'sous-tension'), SUPPLY);
    return finding('unknown', subject, say('there, but it cannot be read', 'présent, mais illisible'));
  }
  return undefined;
}
