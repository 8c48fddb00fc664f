/** The gateway's port against a server on loopback: what is asked, what is understood, what is refused, nothing leaks. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { httpCertified } from '../../src/ports/certified.ts';
import type { CertifiedAnswer } from '../../src/ports/certified-types.ts';

const PRM = '12345678901234';
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function server(listener: RequestListener): Promise<string> {
  const http = createServer(listener).listen(0, '127.0.0.1');
  closing.push(() => {
    http.closeAllConnections();
    http.close();
  });
  await new Promise((resolve) => http.once('listening', resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/api`;
}
const query = (url: string) => ({ url, token: 'aaa.bbb.ccc', prm: PRM, from: '2026-11-18', until: '2026-11-21' });
const ask = (url: string, limitMs?: number): Promise<CertifiedAnswer> =>
  httpCertified('test/1', undefined, limitMs).daily(query(url), new AbortController().signal);
async function answered(status: number, body: unknown, headers: Record<string, string> = {}): Promise<CertifiedAnswer> {
  const url = await server((_request, response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body)),
  );
  return ask(`${url}/`);
}
/** As Enedis "mesure synchrone v2" answers; figures invented. */
const answer = (points: unknown, more: object = {}) => ({
  ...{ idPrm: PRM, etapeMetier: 'BRUT', typeValeur: 'GLOBALE', modeCalcul: 'DIFF.INDEX', pas: 'P1D' },
  periode: { dateDebut: '2026-11-18', dateFin: '2026-11-21' },
  grandeur: [{ grandeurMetier: 'CONS', grandeurPhysique: 'EA', unite: 'Wh', points, ...more }],
});

describe('what is asked and understood', () => {
  test('the address, the token and the name of the program', async () => {
    let seen: unknown;
    const url = await server(({ url: path, headers }, response) => {
      seen = [path, headers.authorization, headers['user-agent']];
      response.end(JSON.stringify(answer([{ v: '5824', d: '2026-11-18' }])));
    });
    expect(await ask(url)).toEqual({ kind: 'ok', days: new Map([['2026-11-18', 5824]]) });
    const path = `/api/consommation_quotidienne?pointId=${PRM}&dateDebut=2026-11-18&dateFin=2026-11-21`;
    expect(seen).toEqual([path, 'Bearer aaa.bbb.ccc', 'test/1']);
  });

  test('missing is never zero: what is no figure is left out', async () => {
    const points = [
      { v: 'null', d: '2026-11-18' },
      { v: '-3', d: '2026-11-19' },
      { v: '', d: '2026-11-20' },
      { v: '0', d: '2026-11-17' },
      null,
    ];
    expect(await answered(200, answer(points))).toEqual({ kind: 'ok', days: new Map([['2026-11-17', 0]]) });
  });

  test('the older form of the answer', async () => {
    const old = { reading_type: { unit: 'Wh' }, interval_reading: [{ value: '12278', date: '2026-11-18' }] };
    expect(await answered(200, old)).toEqual({ kind: 'ok', days: new Map([['2026-11-18', 12278]]) });
  });

  test.each([
    ['an unknown unit', answer([{ v: '5', d: '2026-11-18' }], { unite: 'kWh' }), 'refused'],
    ['production only', answer([{ v: '5', d: '2026-11-18' }], { grandeurMetier: 'PROD' }), 'retry'],
    ['a page', '<html>', 'retry'],
    ['nothing', '', 'retry'],
    ['a list', '[1]', 'retry'],
    ['null', 'null', 'retry'],
  ])('%s is no energy', async (_what, body, kind) => {
    expect((await answered(200, body)).kind).toBe(kind);
  });
});

describe('what goes wrong', () => {
  test.each([
    [429, { 'retry-after': '7200' }, { kind: 'retry', status: 429, afterMs: 7_200_000, reason: 'HTTP 429' }],
    [429, { 'retry-after': '99999999999' }, { kind: 'retry', status: 429, afterMs: 7 * 86_400_000, reason: 'HTTP 429' }],
    [503, { 'retry-after': 'soon' }, { kind: 'retry', status: 503, reason: 'HTTP 503' }],
    [500, {}, { kind: 'retry', status: 500, reason: 'HTTP 500' }],
    [401, {}, { kind: 'refused', status: 401, reason: 'HTTP 401' }],
    [404, {}, { kind: 'ok', days: new Map() }],
  ] as const)('%i %j', async (status, headers, expected) => {
    expect(await answered(status, { prm: PRM }, headers)).toEqual(expected);
  });

  test('a date to come back at', async () => {
    const told = await answered(429, '', { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() });
    expect(told.kind === 'retry' && told.afterMs).toBeGreaterThan(3_590_000);
  });

  test('a redirect is not followed: the token goes to nobody else', async () => {
    let others = 0;
    const other = await server((_request, response) => {
      others += 1;
      response.end('{}');
    });
    expect(await answered(302, '', { location: other })).toEqual({ kind: 'refused', status: 302, reason: 'HTTP 302' });
    expect(others).toBe(0);
  });

  test('http is for this machine alone', async () => {
    expect(await ask('http://192.0.2.1/api')).toEqual({ kind: 'refused', reason: 'the address must begin with https://' });
  });

  test('an endless answer ends at 1 MB, a slow one after the limit', async () => {
    const endless = await server((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await ask(endless)).toEqual({ kind: 'retry', reason: 'the answer is larger than 1 MB' });
    const slow = await server((_request, response) => void response.write('{'));
    expect(await ask(slow, 200)).toEqual({ kind: 'retry', reason: 'no whole answer within 0.2 s' });
  });

  test('nobody there: the reason names neither PRM nor token', async () => {
    const url = await server(() => undefined);
    for (const close of closing.splice(0)) close();
    const told = await ask(url);
    expect(told).toEqual({ kind: 'retry', reason: 'out of reach (ECONNREFUSED)' });
  });

  test('the end of the program ends the question', async () => {
    const url = await server(() => undefined);
    const ending = new AbortController();
    const pending = httpCertified('test/1').daily(query(url), ending.signal);
    ending.abort();
    expect(await pending).toEqual({ kind: 'retry', reason: 'the program is stopping' });
  });
});
