/** The comparison with the grid operator as people see it: the last complete day, both energies, the verdict. */
import type { Description, Entity, Language, Text, Value } from '../model.ts';
import { type DayVerdict, dayBounds, disagrees, judgeDay } from './certified.ts';
import type { CountedDay } from './day-count.ts';
import { ENEDIS_ZONE } from './operator-days.ts';

export const CERTIFIED_ID = 'certified';
export const CERTIFIED_NAME: Text = { en: 'Certified energy', fr: 'Énergie certifiée' };

/** `asked` without a value: it was asked for in vain so far. */
export interface ComparedDay extends CountedDay {
  readonly certifiedWh: number | null;
  readonly asked: boolean;
}
type Shown = DayVerdict | 'unknown';

const VERDICTS: Readonly<Record<Shown, Text>> = {
  trusted: { en: 'Both agree', fr: 'Les deux concordent' },
  incomplete: { en: 'Incomplete', fr: 'Incomplet' },
  certified_only: { en: 'They differ: the certified value counts', fr: 'Écart : la valeur certifiée fait foi' },
  unknown: { en: 'Not known yet', fr: 'Pas encore connu' },
};
// `setting`: a value of yesterday stays out of statistics.
const energy = (en: string, fr: string): Entity => ({ name: { en, fr }, quantity: 'energy', decimals: 0, setting: true });

export const CERTIFIED_DESCRIPTION: Description = {
  manufacturer: 'Boxénergie',
  model: 'Certified energy',
  periodMs: 60_000,
  entities: {
    day: { name: { en: 'Last complete day', fr: 'Dernier jour complet' }, quantity: 'text' },
    certified_energy: energy('Certified energy of the day', 'Énergie certifiée du jour'),
    local_energy: energy('Own energy of the day', 'Énergie du jour relevée ici'),
    verdict: { name: { en: 'Verdict', fr: 'Verdict' }, quantity: 'enum', options: VERDICTS },
    summary: { name: { en: 'In words', fr: 'En clair' }, quantity: 'text', diagnostic: true },
  },
};

export function verdictOf({ day, coveredMs, localWh, certifiedWh, asked }: ComparedDay): Shown {
  if (!asked) return 'unknown';
  const { startMs, endMs } = dayBounds(day, ENEDIS_ZONE);
  const certified = certifiedWh === null ? null : { wh: certifiedWh };
  return judgeDay({ lengthMs: endMs - startMs, coveredMs, localWh, certified }).verdict;
}

/** `days`: oldest first, all over. `problem`: why nothing came lately; empty: nothing is wrong. */
export function certifiedValues(days: readonly ComparedDay[], problem: string, language: Language): Record<string, Value> {
  const last = days.at(-1);
  const verdict = last === undefined ? 'unknown' : verdictOf(last);
  const verdicts = days.slice(-7).map(verdictOf);
  const known = verdicts.filter((one): one is DayVerdict => one !== 'unknown');
  const odd = known.filter((one) => one === 'certified_only').length;
  const differ = { en: `${odd} of ${verdicts.length} days differ`, fr: `${odd} jours sur ${verdicts.length} diffèrent` };
  return {
    day: last?.day ?? null,
    certified_energy: last?.certifiedWh ?? null,
    local_energy: last?.localWh ?? null,
    verdict,
    summary: disagrees(known) ? differ[language] : problem || VERDICTS[verdict][language],
  };
}
