/** I2C: which buses there are, may we open them, who answers, and whether the configured chips are among them. */
import type { Text } from '../model.ts';
import type { I2cLookBus } from '../ports/look.ts';
import { identify, type Likely } from './i2c-chips.ts';
import { finding, messageOf, same, say } from './say.ts';
import type { Check, ChipUse, Finding, Scene } from './types.ts';

const [FIRST, LAST] = [0x03, 0x77];
/** The bus of the header; the others are displays' and cameras', and are left alone unless the file names them. */
const HEADER_BUS = 1;
const ENABLE = say(
  'Home Assistant OS: dtparam=i2c_arm=on in config.txt, the line i2c-dev in CONFIG/modules/rpi-i2c.conf, then restart twice',
  'Home Assistant OS : dtparam=i2c_arm=on dans config.txt, la ligne i2c-dev dans CONFIG/modules/rpi-i2c.conf, puis redémarrez deux fois',
);
const WIRING = say(
  'Check 3.3 V, ground, the two data wires and the address jumpers',
  "Vérifiez le 3,3 V, la masse, les deux fils de données et les ponts d'adresse",
);

export const i2c: Check = {
  id: 'i2c',
  title: same('I2C'),
  limitMs: 20_000,
  async run(scene, signal) {
    const { machine, house } = scene;
    const names = (await machine.names('/dev'))?.filter((name) => /^i2c-\d+$/.test(name)) ?? [];
    const wanted = [...new Set(house.chips.map(({ bus }) => bus))].sort((a, b) => a - b);
    const present = say('Buses', 'Bus');
    const list =
      names.length > 0
        ? finding('ok', present, same(names.map((name) => `/dev/${name}`).join(', ')))
        : finding(wanted.length > 0 ? 'failed' : 'not-applicable', present, say('no /dev/i2c-*', 'aucun /dev/i2c-*'), ENABLE);
    const buses = wanted.includes(HEADER_BUS) || !names.includes(`i2c-${HEADER_BUS}`) ? wanted : [HEADER_BUS, ...wanted];
    const findings = [list];
    for (const bus of buses) findings.push(...(await busState(scene, bus, names.includes(`i2c-${bus}`), signal)));
    return findings;
  },
};

async function busState({ machine, i2c: look, house }: Scene, bus: number, present: boolean, signal: AbortSignal): Promise<Finding[]> {
  const path = `/dev/i2c-${bus}`;
  const chips = house.chips.filter((chip) => chip.bus === bus);
  const needed = chips.length > 0;
  if (!present) return [finding('failed', same(path), say('does not exist', "n'existe pas"), ENABLE)];
  if (!(await machine.may(path, 'both'))) {
    const mend = say(
      'The app lists it under devices; elsewhere add the user to the group i2c',
      "L'application le liste sous devices ; ailleurs ajoutez l'utilisateur au groupe i2c",
    );
    return [finding(needed ? 'failed' : 'warning', same(path), say('may not be opened', 'accès refusé'), mend)];
  }
  try {
    await using opened = await look.open(bus);
    const answers = await scan(opened, signal);
    const likely = new Map<number, Likely | undefined>();
    for (const [address, answer] of answers) {
      const expectsIna = chips.some((chip) => chip.address === address && chip.type.startsWith('ina'));
      if (answer === 'yes' && !signal.aborted) likely.set(address, await identify(opened, address, expectsIna));
    }
    const seen = [...answers].map(([address, answer]) => inWords(address, answer, likely.get(address)));
    const found = seen.length === 0 ? say('nobody answers', 'personne ne répond') : listOf(seen);
    return [
      finding(seen.length === 0 && needed ? 'failed' : 'ok', same(path), found, WIRING),
      ...chips.map((chip) => chipState(chip, answers.get(chip.address), likely.get(chip.address))),
    ];
  } catch (error) {
    const mend = say(
      'Unplug the chips one by one: one of them may hold the bus',
      "Débranchez les puces une à une : l'une d'elles bloque peut-être le bus",
    );
    return [finding(needed ? 'failed' : 'unknown', same(path), say(`fails: ${messageOf(error)}`, `en panne : ${messageOf(error)}`), mend)];
  }
}

/** Who answers a read of one byte; an address that a driver of the kernel holds is not disturbed. */
async function scan(bus: I2cLookBus, signal: AbortSignal): Promise<ReadonlyMap<number, 'yes' | 'kernel'>> {
  const found = new Map<number, 'yes' | 'kernel'>();
  for (let address = FIRST; address <= LAST && !signal.aborted; address += 1) {
    const answer = await bus.answers(address);
    if (answer !== 'no') found.set(address, answer);
  }
  return found;
}

function chipState({ owner, type, address }: ChipUse, answer: 'yes' | 'kernel' | undefined, likely: Likely | undefined): Finding {
  const subject = same(`${owner} (${type}, ${hex(address)})`);
  if (answer === undefined) return finding('failed', subject, say('does not answer', 'ne répond pas'), WIRING);
  if (answer === 'kernel') {
    const mend = say('Remove its overlay from config.txt', 'Retirez son overlay de config.txt');
    return finding('failed', subject, say('held by a driver of the kernel', 'tenu par un pilote du noyau'), mend);
  }
  if (likely?.certain === true && type.startsWith('ina') && likely.name.toLowerCase() !== type) {
    const mend = say('Correct type or address in the house file', 'Corrigez type ou address dans le fichier de la maison');
    return finding('failed', subject, say(`an ${likely.name} sits there`, `un ${likely.name} s'y trouve`), mend);
  }
  return finding('ok', subject, say('answers', 'répond'));
}

function inWords(address: number, answer: 'yes' | 'kernel', likely: Likely | undefined): Text {
  if (answer === 'kernel') return say(`${hex(address)} (held by the kernel)`, `${hex(address)} (tenu par le noyau)`);
  if (likely === undefined) return same(hex(address));
  if (likely.certain) return same(`${hex(address)} ${likely.name}`);
  return say(`${hex(address)} perhaps ${likely.name}`, `${hex(address)} peut-être ${likely.name}`);
}

function listOf(parts: readonly Text[]): Text {
  return say(parts.map(({ en }) => en).join(', '), parts.map(({ fr }) => fr).join(', '));
}

const hex = (address: number): string => `0x${address.toString(16).padStart(2, '0')}`;
