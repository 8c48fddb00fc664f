import { expect, test } from 'vitest';
import { serveHealth } from '../../src/web/health.ts';
import { isTrustedPeer } from '../../src/web/peers.ts';

async function ask(path: string, tickAgeMs: number, init?: RequestInit): Promise<{ status: number; body: string; csp: string | null }> {
  const view = { tickAgeMs, title: 'Box', rows: [['linky', '<img src=x onerror=alert(1)>']] as const };
  await using server = await serveHealth({ port: 0, host: '127.0.0.1', view: () => view });
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
  return { status: response.status, body: await response.text(), csp: response.headers.get('content-security-policy') };
}

test('healthy while control ticks, not when it hangs', async () => {
  expect((await ask('/healthz', 900)).status).toBe(200);
  expect((await ask('/healthz', 15_000)).status).toBe(503);
});

test('device texts are escaped and nothing may run in the page', async () => {
  const { body, csp } = await ask('/', 0);
  expect(body).toContain('&lt;img');
  expect(body).not.toContain('<img');
  expect(csp).toContain("default-src 'none'");
});

test('only questions, only known ones', async () => {
  expect((await ask('/', 0, { method: 'POST', body: 'x' })).status).toBe(405);
  expect((await ask('/../../etc/passwd', 0)).status).toBe(404);
});

test('a taken port is an error, not a crash', async () => {
  const view = (): { tickAgeMs: number; title: string; rows: [] } => ({ tickAgeMs: 0, title: '', rows: [] });
  await using first = await serveHealth({ port: 0, host: '127.0.0.1', view });
  await expect(serveHealth({ port: first.port, host: '127.0.0.1', view })).rejects.toThrow(/EADDRINUSE/);
});

test.each([
  ['172.30.32.2', true],
  ['::ffff:172.30.32.2', true],
  ['127.0.0.1', true],
  ['::1', true],
  ['172.30.32.3', false],
  ['192.168.1.9', false],
  [undefined, false],
])('peer %s: %s', (address, trusted) => expect(isTrustedPeer(address)).toBe(trusted));
