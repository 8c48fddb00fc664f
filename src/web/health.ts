/** The watchdog's question and a plain status page: says whether control lives, and what is wrong, before any page exists. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isTrustedPeer } from './peers.ts';

export interface HealthView {
  /** Monotonic ms since the control tick last completed. */
  readonly tickAgeMs: number;
  readonly title: string;
  /** Label and text of each line shown. */
  readonly rows: readonly (readonly [string, string])[];
}
export interface HealthOptions {
  readonly port: number;
  readonly host: string;
  readonly view: () => HealthView;
}

/** A tick older than this (ms) means that control hangs: a fault that a restart can cure. */
const HUNG_MS = 15_000;

/** Serves `GET /healthz` to all and `GET /` to the Supervisor's ingress and to this machine. Rejects when the port is taken. */
export async function serveHealth(options: HealthOptions): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((request, response) => answer(request, response, options.view()));
  server.requestTimeout = 5_000;
  server.headersTimeout = 5_000;
  server.maxConnections = 32;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  server.unref();
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, view: HealthView): void {
  const path = new URL(request.url ?? '/', 'http://local').pathname;
  const alive = view.tickAgeMs < HUNG_MS;
  if (request.method !== 'GET') send(response, 405, 'text/plain', 'GET only\n');
  else if (path === '/healthz') send(response, alive ? 200 : 503, 'text/plain', alive ? 'ok\n' : 'control loop hangs\n');
  else if (path !== '/') send(response, 404, 'text/plain', 'not found\n');
  else if (!isTrustedPeer(request.socket.remoteAddress)) send(response, 403, 'text/plain', 'only through Home Assistant\n');
  else send(response, 200, 'text/html', page(view));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

function page(view: HealthView): string {
  const rows = view.rows.map(([label, text]) => `<tr><th>${escapeHtml(label)}</th><td>${escapeHtml(text)}</td></tr>`).join('\n');
  const style = 'body{font-family:sans-serif;margin:2em}th{text-align:left;padding-right:2em}td,th{padding:.3em 1em .3em 0}';
  return `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>${escapeHtml(view.title)}</title>
<style>${style}</style><h1>${escapeHtml(view.title)}</h1><table>${rows}</table>\n`;
}

function escapeHtml(text: string): string {
  const marks: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (mark) => marks[mark] ?? mark);
}
