/** The reports as people read them, a line a finding, or as one JSON document. */
import type { Language } from '../model.ts';
import type { Finding, Report, Status } from './types.ts';

const STATUS: Readonly<Record<Status, Readonly<Record<Language, string>>>> = {
  ok: { en: 'ok', fr: 'ok' },
  warning: { en: 'warning', fr: 'attention' },
  failed: { en: 'failed', fr: 'échec' },
  'not-applicable': { en: 'not applicable', fr: 'sans objet' },
  unknown: { en: 'unknown', fr: 'inconnu' },
};
const STATUSES = Object.keys(STATUS) as Status[];
const WIDTH = 14;

/** One check as a heading and its lines. */
export function reportText({ title, findings }: Report, language: Language): string {
  const width = Math.max(0, ...findings.map(({ subject }) => subject[language].length));
  return `${[title[language], ...findings.map((each) => line(each, width, language))].join('\n')}\n\n`;
}

function line({ status, subject, found, mend }: Finding, width: number, language: Language): string {
  const start = `  ${STATUS[status][language].padEnd(WIDTH)}  ${subject[language].padEnd(width)}  ${found[language]}`;
  return mend === undefined ? start : `${start} → ${mend[language]}`;
}

/** The last line: how many of each. */
export function summaryText(reports: readonly Report[], language: Language): string {
  const counts = count(reports);
  return `${STATUSES.map((status) => `${counts[status]} ${STATUS[status][language]}`).join(', ')}\n`;
}

/** Everything in one document; the words are in `language`, the ids and statuses never change. */
export function reportJson(
  reports: readonly Report[],
  about: { readonly version: string; readonly at: string; readonly language: Language },
): string {
  const { language } = about;
  const checks = reports.map(({ id, title, findings }) => ({
    id,
    title: title[language],
    findings: findings.map(({ status, subject, found, mend }) => ({
      status,
      subject: subject[language],
      found: found[language],
      ...(mend !== undefined && { mend: mend[language] }),
    })),
  }));
  return `${JSON.stringify({ program: 'boxenergie', ...about, summary: count(reports), checks }, null, 2)}\n`;
}

function count(reports: readonly Report[]): Readonly<Record<Status, number>> {
  const counts: Record<Status, number> = { ok: 0, warning: 0, failed: 0, 'not-applicable': 0, unknown: 0 };
  for (const { findings } of reports) for (const { status } of findings) counts[status] += 1;
  return counts;
}
