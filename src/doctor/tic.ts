/** The Linky on each configured port: listened to for a while, in both modes where the mode is to be found. Nothing is kept or shown of it. */

import { badGroups } from '../drivers/lib/tic-errors.ts';
import { createTicDecoder, type TicMode } from '../drivers/lib/tic-frame.ts';
import { createHearing } from '../drivers/lib/tic-hearing.ts';
import type { Text } from '../model.ts';
import type { Clock, SerialLine, SerialPorts } from '../ports/types.ts';
import { holderNames, holdersOf } from './holders.ts';
import { finding, messageOf, same, say } from './say.ts';
import type { Check, Finding, PortUse, Scene } from './types.ts';

/** Listening time, ms: 15 s in all. Slow frames come every 3 s in historic mode, every 1 to 2 s in standard mode. */
const ALONE_MS = 15_000;
const SEARCH_MS: Readonly<Record<TicMode, number>> = { standard: 6_000, historic: 9_000 };
/** Whole frames after which nothing more need be heard. */
const ENOUGH = 3;
/** Share of bad groups that a good cable does not reach. */
const BAD_SHARE = 0.02;

export const tic: Check = {
  id: 'tic',
  title: say('Linky (TIC)', 'Linky (TIC)'),
  limitMs: 20_000,
  async run(scene, signal) {
    const meters = scene.house.ports.filter(({ type }) => type === 'linky');
    if (meters.length === 0) return [finding('not-applicable', say('Meters', 'Compteurs'), say('none configured', 'aucun configuré'))];
    return Promise.all(meters.map((meter) => meterState(scene, meter, signal)));
  },
};

async function meterState({ machine, serial, clock }: Scene, { owner, path, mode }: PortUse, signal: AbortSignal): Promise<Finding> {
  const subject = same(owner);
  const { holders } = await holdersOf(machine, path);
  if (holders.length > 0) {
    const who = holderNames(holders);
    const mend = holders.every(({ ours }) => ours)
      ? say(
          'See its entities "TIC mode" and "TIC errors", or stop it and run this again',
          'Voyez ses entités « Mode TIC » et « Erreurs TIC », ou arrêtez-le et relancez',
        )
      : say('Stop it and run this again', 'Arrêtez-le et relancez');
    return finding('unknown', subject, say(`not listened to: ${who} reads the port`, `pas écouté : ${who} lit le port`), mend);
  }
  const modes: readonly TicMode[] = mode === 'standard' || mode === 'historic' ? [mode] : ['standard', 'historic'];
  const heard: Heard[] = [];
  try {
    for (const each of modes) {
      const result = await listen({ serial, path, clock, mode: each, limitMs: modes.length === 1 ? ALONE_MS : SEARCH_MS[each], signal });
      if (result.frames > 0) return inWords(subject, result);
      heard.push(result);
    }
  } catch (error) {
    return finding(
      'failed',
      subject,
      say(`the port fails: ${messageOf(error)}`, `le port est en panne : ${messageOf(error)}`),
      say('See the serial port above', 'Voyez le port série ci-dessus'),
    );
  }
  return nothing(subject, heard);
}

interface Heard {
  readonly mode: TicMode;
  readonly frames: number;
  readonly good: number;
  readonly bad: number;
  readonly bytes: number;
}
interface Listening {
  readonly serial: SerialPorts;
  readonly path: string;
  readonly clock: Clock;
  readonly mode: TicMode;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** Ends with enough frames, with the time, or with the line. */
async function listen({ serial, path, clock, mode, limitMs, signal }: Listening): Promise<Heard> {
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const cancel = clock.after(limitMs, () => ended.abort());
  try {
    await using line = await serial.open(path, { baudRate: baudOf(mode), dataBits: 7, parity: 'even', stopBits: 1 }, both);
    return await hear(line, mode);
  } finally {
    cancel();
  }
}

async function hear(line: SerialLine, mode: TicMode): Promise<Heard> {
  const decoder = createTicDecoder(mode);
  const hearing = createHearing(mode, decoder.counts);
  let [frames, bytes] = [0, 0];
  for await (const chunk of line.chunks()) {
    bytes += chunk.length;
    frames += decoder.push(chunk).filter((frame) => hearing.isGood(frame)).length;
    if (frames >= ENOUGH) break;
  }
  return { mode, frames, good: decoder.counts.accepted, bad: badGroups(decoder.counts), bytes };
}

function inWords(subject: Text, { mode, frames, good, bad }: Heard): Finding {
  const [en, fr] = mode === 'standard' ? ['standard', 'standard'] : ['historic', 'historique'];
  const found = say(
    `${en} mode, ${baudOf(mode)} baud: whole frames: ${frames}, groups: ${good} good, ${bad} bad`,
    `mode ${fr}, ${baudOf(mode)} bauds : trames entières : ${frames}, groupes : ${good} bons, ${bad} mauvais`,
  );
  const mend = say(
    'Shorten the cable, keep it away from breakers; the adapter may be too slow',
    "Raccourcissez le câble, éloignez-le des disjoncteurs ; l'adaptateur est peut-être trop lent",
  );
  return finding(bad > 1 && bad / (good + bad) > BAD_SHARE ? 'warning' : 'ok', subject, found, mend);
}

function nothing(subject: Text, heard: readonly Heard[]): Finding {
  const words = heard.map(({ mode, good, bad, bytes }): Text => {
    const at = baudOf(mode);
    if (bytes === 0) return say(`${at} baud: silence`, `${at} bauds : silence`);
    if (good === 0) return say(`${at} baud: nothing readable`, `${at} bauds : rien de lisible`);
    return say(
      `${at} baud: ${good} good and ${bad} bad groups, no whole frame`,
      `${at} bauds : ${good} bons groupes et ${bad} mauvais, aucune trame entière`,
    );
  });
  const found = say(words.map(({ en }) => en).join('; '), words.map(({ fr }) => fr).join(' ; '));
  const mend = heard.some(({ good }) => good > 0)
    ? say(
        'Shorten the cable, keep it away from breakers; if only the address comes, ask the supplier to activate the TIC',
        "Raccourcissez le câble, éloignez-le des disjoncteurs ; si seule l'adresse arrive, faites activer la TIC par le fournisseur",
      )
    : say(
        'Check the two wires on I1 and I2 of the meter, and the adapter',
        "Vérifiez les deux fils sur I1 et I2 du compteur, et l'adaptateur",
      );
  return finding('failed', subject, found, mend);
}

const baudOf = (mode: TicMode): number => (mode === 'standard' ? 9600 : 1200);
