/** The gateway to the grid operator's daily energies: one question, one answer as a value. */

/** Days are local dates `YYYY-MM-DD`; `until` is not asked for itself. */
export interface CertifiedQuery {
  readonly url: string;
  readonly token: string;
  /** Personal: identifies a home. */
  readonly prm: string;
  readonly from: string;
  readonly until: string;
}
/** `days`: Wh by day, only what is published. `refused`: a person must mend something. Reasons hold neither token nor PRM. */
export type CertifiedAnswer =
  | { readonly kind: 'ok'; readonly days: ReadonlyMap<string, number> }
  | { readonly kind: 'retry'; readonly status?: number; readonly afterMs?: number; readonly reason: string }
  | { readonly kind: 'refused'; readonly status?: number; readonly reason: string };
export interface Certified {
  /** One request, of 30 s at most. Never rejects. */
  daily(query: CertifiedQuery, signal: AbortSignal): Promise<CertifiedAnswer>;
}
