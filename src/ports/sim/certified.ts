/** A gateway to the grid operator in memory: knows some days, fails on demand. */
import type { Certified, CertifiedAnswer, CertifiedQuery } from '../certified-types.ts';

export interface SimulatedCertified extends Certified {
  readonly asked: { readonly query: CertifiedQuery; readonly atMs: number }[];
  /** What is published, Wh by day. */
  readonly published: Map<string, number>;
  /** The answer to all further questions; undefined: what is published. */
  answer(answer: CertifiedAnswer | Promise<CertifiedAnswer> | undefined): void;
}

/** `wallMs` stamps what is asked. */
export function simulatedCertified(wallMs: () => number = Date.now): SimulatedCertified {
  const asked: SimulatedCertified['asked'] = [];
  const published = new Map<string, number>();
  let next: CertifiedAnswer | Promise<CertifiedAnswer> | undefined;
  return {
    asked,
    published,
    answer(answer) {
      next = answer;
    },
    async daily(query) {
      asked.push({ query, atMs: wallMs() });
      const days = [...published].filter(([day]) => day >= query.from && day < query.until);
      return next ?? { kind: 'ok', days: new Map(days) };
    },
  };
}
