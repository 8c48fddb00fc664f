/** The grid operator's daily energies over HTTP, through a gateway that speaks as Conso API does. */

import type { Certified, CertifiedAnswer, CertifiedQuery } from './certified-types.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './types.ts';

const LIMIT_MS = 30_000;
const LIMIT_BYTES = 1_000_000;
const DAY_MS = 86_400_000;
/** Longest pause a server may ask for. */
const LONGEST_MS = 7 * DAY_MS;
const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);

type Data = Readonly<Record<string, unknown>>;

/**
 * Sources: request, bearer token, user agent: bokub/conso-api `content/documentation.md`, `content/migration-2026.md` (the older
 * `daily_consumption` ends in October 2026). The answer is that of Enedis "mesure synchrone v2": `grandeur[].points[] {v: "5824",
 * d: "2026-09-22"}` in Wh, where `v` may be the text "null". The older `interval_reading[] {value, date}` is understood as well.
 */
export function httpCertified(userAgent: string, clock: Clock = systemClock(), limitMs = LIMIT_MS): Certified {
  return {
    async daily(query, signal) {
      const attempt = new AbortController();
      const stop = (): void => attempt.abort('the program is stopping');
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      const cancel = clock.after(limitMs, () => attempt.abort(`no whole answer within ${limitMs / 1000} s`));
      try {
        return await ask(query, userAgent, clock, attempt.signal);
      } catch (error) {
        return { kind: 'retry', reason: attempt.signal.aborted ? String(attempt.signal.reason) : reasonOf(error) };
      } finally {
        cancel();
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

async function ask(query: CertifiedQuery, userAgent: string, clock: Clock, signal: AbortSignal): Promise<CertifiedAnswer> {
  const url = new URL(`${query.url.replace(/\/+$/, '')}/consommation_quotidienne`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOCAL.has(url.hostname)))
    return { kind: 'refused', reason: 'the address must begin with https://' };
  for (const [key, value] of Object.entries({ pointId: query.prm, dateDebut: query.from, dateFin: query.until }))
    url.searchParams.set(key, value);
  const headers = { accept: 'application/json', authorization: `Bearer ${query.token}`, 'user-agent': userAgent };
  // A redirect is not followed: the token and the PRM go to nobody else.
  const response = await fetch(url, { headers, redirect: 'manual', signal });
  const { status } = response;
  if (status === 200) return readDays(await readText(response));
  await response.body?.cancel();
  // "no_data_found": not published yet, or the collection is switched off.
  if (status === 404) return { kind: 'ok', days: new Map() };
  if (status !== 429 && status < 500) return { kind: 'refused', status, reason: `HTTP ${status}` };
  const afterMs = retryAfterMs(response.headers.get('retry-after'), clock.wallMs());
  return { kind: 'retry', status, reason: `HTTP ${status}`, ...(afterMs !== undefined && { afterMs }) };
}

/** RFC 9110 10.2.3: seconds, or a date. */
function retryAfterMs(text: string | null, wallMs: number): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - wallMs;
  return Number.isFinite(ms) ? Math.min(LONGEST_MS, Math.max(0, ms)) : undefined;
}

async function readText({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    if (bytes > LIMIT_BYTES) throw new Error('the answer is larger than 1 MB');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function readDays(text: string): CertifiedAnswer {
  const unread = { kind: 'retry', reason: 'the answer cannot be read' } as const;
  let data: Data;
  try {
    data = recordOf(JSON.parse(text));
  } catch {
    return unread;
  }
  const energy = listOf(data.grandeur).find(
    ({ grandeurMetier, grandeurPhysique }) => grandeurMetier === 'CONS' && grandeurPhysique === 'EA',
  );
  const points = energy?.points ?? data.interval_reading;
  if (!Array.isArray(points)) return unread;
  const unit = energy?.unite ?? recordOf(data.reading_type).unit;
  if (unit !== 'Wh') return { kind: 'refused', reason: 'the answer is not in Wh' };
  const days = new Map<string, number>();
  for (const { v, d, value = v, date = d } of listOf(points)) {
    const day = String(date).slice(0, 10);
    if (/^\d{4}-\d{2}-\d{2}$/.test(day) && /^\d+(\.\d+)?$/.test(String(value))) days.set(day, Number(value));
  }
  return { kind: 'ok', days };
}

function recordOf(value: unknown): Data {
  return typeof value === 'object' && value !== null ? (value as Data) : {};
}

function listOf(value: unknown): readonly Data[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

/** Never the address: the PRM stands in it. */
function reasonOf(error: unknown): string {
  const { code } = recordOf(recordOf(error).cause);
  if (typeof code === 'string') return `out of reach (${code})`;
  return error instanceof Error && error.message.startsWith('the answer') ? error.message : 'out of reach';
}
