/** Pin conflicts in the configuration: one line for two, pins that serve another function, relays that click at power-on. */
import type { Text } from '../model.ts';
import { findHeader, type Header, type Placed, placeLines } from './header.ts';
import { type PinFunction, pinFunctions } from './pin-functions.ts';
import { finding, say } from './say.ts';
import type { Check, Finding } from './types.ts';

export const pins: Check = {
  id: 'pins',
  title: say('Pin conflicts', 'Conflits de broches'),
  limitMs: 5_000,
  async run(scene) {
    const subject = say('Configured lines', 'Lignes configurées');
    const count = scene.house.lines.length;
    if (count === 0) return [finding('not-applicable', subject, say('none', 'aucune'))];
    const found: Header = await findHeader(scene).catch(() => ({ chips: [], header: undefined }));
    const functions = await pinFunctions(scene, found.header?.path);
    const placed = await placeLines(scene, found);
    const conflicts = [...doubles(placed), ...placed.flatMap((each) => [...shared(each, functions), ...atPowerOn(each)])];
    if (conflicts.length > 0) return conflicts;
    return [finding('ok', subject, say(`${count}, no conflict`, `${count}, aucun conflit`))];
  },
};

const subjectOf = ({ use }: Placed): Text => say(`${use.owner}, line ${use.line}`, `${use.owner}, ligne ${use.line}`);

function doubles(placed: readonly Placed[]): Finding[] {
  const first = new Map<string, string>();
  return placed.flatMap((each) => {
    const taken = first.get(each.key);
    if (taken === undefined) {
      first.set(each.key, each.use.owner);
      return [];
    }
    const found = say(`the same line as ${taken}`, `la même ligne que ${taken}`);
    return [finding('failed', subjectOf(each), found, say('Give one of the two another line', "Donnez une autre ligne à l'un des deux"))];
  });
}

function shared(placed: Placed, functions: readonly PinFunction[]): Finding[] {
  if (!placed.onHeader) return [];
  return functions
    .filter(({ lines }) => lines.includes(placed.use.line))
    .flatMap(({ name, state, mend }) => {
      const { en, fr } = name;
      if (state === 'on')
        return [
          finding('failed', subjectOf(placed), say(`this pin serves ${en}, which is on`, `cette broche sert pour ${fr}, en service`), mend),
        ];
      if (state === 'maybe') {
        return [finding('warning', subjectOf(placed), say(`this pin may serve ${en}`, `cette broche sert peut-être pour ${fr}`), mend)];
      }
      if (placed.use.line > 1) return [];
      const found = say(
        'the firmware drives this pin at each start, looking for a HAT',
        'le firmware pilote cette broche à chaque démarrage, pour chercher une carte HAT',
      );
      return [finding('warning', subjectOf(placed), found, mend)];
    });
}

/** GPIO 0 to 8 are pulled up at power-on, 9 to 27 down (gpio-and-addon 1.4): a board that closes at that level closes before we run. */
function atPowerOn(placed: Placed): Finding[] {
  const { relay, activeLow, safe, line } = placed.use;
  if (!placed.onHeader || !relay || safe === 'on' || line > 27) return [];
  const pulledUp = line <= 8;
  if (pulledUp !== !activeLow) return [];
  const found = say('may close at power-on, before the program runs', 'peut coller à la mise sous tension, avant le programme');
  const mend = activeLow
    ? say(
        'A board that closes at 0 V: use GPIO 4 to 8, or a pull-up resistor of 10 kΩ',
        'Carte qui colle à 0 V : prenez GPIO 4 à 8, ou une résistance de 10 kΩ vers 3,3 V',
      )
    : say(
        'A board that closes at 3.3 V: use GPIO 9 to 27, or a pull-down resistor of 10 kΩ',
        'Carte qui colle à 3,3 V : prenez GPIO 9 à 27, ou une résistance de 10 kΩ vers la masse',
      );
  return [finding('warning', subjectOf(placed), found, mend)];
}
