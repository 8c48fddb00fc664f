/** `boxenergie journal`: is the record of decisions whole, and what does it say. Reads beside a running program; changes nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { REASONS } from './control/relay-device.ts';
import type { JournalOptions } from './main-options-tools.ts';
import type { Language, ReasonCode, Requester, Text } from './model.ts';
import { lastDecisions, type NumberedEntry } from './store/journal-last.ts';
import { NoJournalError, StoreInUseError, withJournal } from './store/journal-reader.ts';
import { type Break, type Verification, verifyJournal } from './store/journal-verify.ts';
import { FILES } from './store/opening.ts';

/** Writes the answer; the exit code: 1 when the chain is broken or nothing can be read. */
export function readJournal(options: JournalOptions, write: (text: string) => void): 0 | 1 {
  const { language } = options;
  const directory = directoryOf(options);
  try {
    if (options.action === 'show') {
      const rows = withJournal(directory, (db) => lastDecisions(db, options.last, options.relay));
      write(rows.length === 0 ? `${SAY.empty[language]}\n` : rows.map((row) => decisionText(row, language)).join(''));
      return 0;
    }
    const seen = withJournal(directory, verifyJournal);
    write(verificationText(seen, join(directory, FILES.database), language));
    return seen.broken === undefined ? 0 : 1;
  } catch (error) {
    write(`${directory}: ${failure(error, language)}\n`);
    return 1;
  }
}

/** Where the program keeps its data, as `run` decides it; of a real and a simulated house the real one. */
function directoryOf({ data, supervised }: JournalOptions): string {
  if (data !== undefined) return data;
  if (supervised) return '/data';
  const [house, simulated] = ['house', 'simulated'].map((name) => join('data', name)) as [string, string];
  return existsSync(join(house, FILES.database)) ? house : simulated;
}

const SAY = {
  empty: { en: 'no decision', fr: 'aucune décision' },
  whole: { en: 'The chain is whole.', fr: 'La chaîne est intacte.' },
  broken: { en: 'BROKEN:', fr: 'ROMPUE :' },
  rows: { en: 'decisions', fr: 'décisions' },
  to: { en: 'to', fr: 'à' },
  late: { en: 'chained afterwards, when the chain was introduced', fr: "chaînées après coup, à l'introduction de la chaîne" },
  pruned: { en: 'Older ones were pruned up to number', fr: "Les plus anciennes ont été élaguées jusqu'au numéro" },
  head: { en: 'Seal of the newest:', fr: 'Sceau de la dernière :' },
  by: { en: 'asked by', fr: 'demandé par' },
  nobody: { en: 'nobody', fr: 'personne' },
  unknown: { en: 'unknown', fr: 'inconnu' },
  on: { en: 'on', fr: 'marche' },
  off: { en: 'off', fr: 'arrêt' },
  busy: {
    en: 'the store is in use and changes too fast to be read; try again, or stop the program',
    fr: 'la base est utilisée et change trop vite pour être lue ; réessayez, ou arrêtez le programme',
  },
  absent: {
    en: 'there is no store here; name its folder with --data',
    fr: "il n'y a pas de base ici ; indiquez son dossier avec --data",
  },
  unchained: {
    en: 'the store is older than the chain; start the program once, it chains what is there',
    fr: "la base est plus ancienne que la chaîne ; démarrez le programme une fois, il chaîne ce qu'il trouve",
  },
} as const satisfies Record<string, Text>;

const ASKERS: Readonly<Record<Requester, Text>> = {
  'home-assistant': { en: 'Home Assistant', fr: 'Home Assistant' },
  api: { en: 'the API', fr: "l'API" },
  page: { en: 'the page', fr: 'la page' },
  local: { en: 'the local automatic mode', fr: "l'automatisme local" },
  schedule: { en: 'a schedule', fr: 'un programme horaire' },
};

function failure(error: unknown, language: Language): string {
  if (error instanceof StoreInUseError) return SAY.busy[language];
  if (error instanceof NoJournalError) return SAY[error.why][language];
  return error instanceof Error ? error.message : String(error);
}

export function verificationText(seen: Verification, file: string, language: Language): string {
  const { rows, late, pruned, firstMs, lastMs, firstId, lastId, head, broken } = seen;
  const span = rows === 0 ? '' : ` (${firstId}–${lastId}), ${moment(firstMs)} ${SAY.to[language]} ${moment(lastMs)}`;
  const lines = [`${file}: ${rows} ${SAY.rows[language]}${span}`];
  if (late > 0) lines.push(`${late} ${SAY.late[language]}`);
  if (pruned > 0) lines.push(`${SAY.pruned[language]} ${pruned}`);
  lines.push(`${SAY.head[language]} ${head}`);
  lines.push(broken === undefined ? SAY.whole[language] : `${SAY.broken[language]} ${breakText(broken)[language]}`);
  return `${lines.join('\n')}\n`;
}

function breakText(broken: Break): Text {
  switch (broken.kind) {
    case 'changed':
      return {
        en: `decision ${broken.row} was changed, or stands where another stood`,
        fr: `la décision ${broken.row} a été modifiée, ou occupe la place d'une autre`,
      };
    case 'missing':
      return {
        en: `decisions ${broken.from} to ${broken.row - 1} are missing before ${broken.row}`,
        fr: `les décisions ${broken.from} à ${broken.row - 1} manquent avant ${broken.row}`,
      };
    case 'cut':
      return {
        en: `decisions ${broken.from} to ${broken.row}, the newest, are missing`,
        fr: `les décisions ${broken.from} à ${broken.row}, les plus récentes, manquent`,
      };
    case 'inserted':
      return {
        en: `decision ${broken.row} was inserted: the program did not write it`,
        fr: `la décision ${broken.row} a été insérée : le programme ne l'a pas écrite`,
      };
    case 'head':
      return {
        en: `decision ${broken.row} is not the newest one on record`,
        fr: `la décision ${broken.row} n'est pas la dernière enregistrée`,
      };
    case 'unrecorded':
      return { en: 'the record of both ends of the chain is gone', fr: "l'enregistrement des deux bouts de la chaîne a disparu" };
  }
}

/** One decision on two lines: when, what, why, who; then the inputs. */
export function decisionText(row: NumberedEntry, language: Language): string {
  const { id, atMs, relayId, before, after, reason, detail, by, inputs } = row;
  const word = (on: boolean | null): string => SAY[on === null ? 'unknown' : on ? 'on' : 'off'][language];
  const why = REASONS[reason as ReasonCode]?.[language] ?? reason;
  const who = by === null ? SAY.nobody[language] : (ASKERS[by]?.[language] ?? by);
  const used = Object.entries(inputs).map(([name, value]) => `${name}=${value === null ? '?' : String(value)}`);
  const what = `${id}  ${moment(atMs)}  ${relayId}  ${word(before)} → ${word(after)}  ${why}${detail === null ? '' : ` (${detail})`}`;
  return `${what}, ${SAY.by[language]} ${who}\n    ${used.join(' ')}\n`;
}

function moment(ms: number | undefined): string {
  const date = new Date(ms ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? '?' : date.toISOString().replace(/\.\d+Z$/, 'Z');
}
