/** A small SMTP server for the tests (RFC 5321, 3207, 4954): speaks TLS, asks for a password, refuses on demand. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';

export interface Pair {
  readonly key: Buffer;
  readonly cert: Buffer;
}
export interface SmtpOptions {
  readonly pair?: Pair;
  /** Encrypted from the first byte. */
  readonly implicit?: boolean;
  /** Says STARTTLS in its greeting. Default: with a pair. */
  readonly offersStartTls?: boolean;
  readonly login?: { readonly user: string; readonly pass: string };
  /** Another answer to a line; undefined: the usual one; null: none at all. */
  answer?(line: string, count: number): string | null | undefined;
}
export interface SmtpServer {
  readonly port: number;
  /** Lines heard, `!` before those that came in clear. */
  readonly heard: string[];
  readonly messages: string[];
  stop(): Promise<void>;
}

/** A self-signed certificate for the given name or address; undefined without the openssl command. */
export function selfSigned(subject = 'IP:127.0.0.1'): Pair | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'boxenergie-smtp-'));
  try {
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test -addext'.split(' ');
    execFileSync('openssl', [...request, `subjectAltName=${subject}`, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function startSmtp(options: SmtpOptions = {}): Promise<SmtpServer> {
  const heard: string[] = [];
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    talk(socket, options, heard, messages);
  };
  const server = options.implicit && options.pair ? createTlsServer(options.pair, serve) : createServer(serve);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    heard,
    messages,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function talk(first: Socket, options: SmtpOptions, heard: string[], messages: string[]): void {
  let socket = first;
  let encrypted = options.implicit === true;
  let body: string[] | undefined;
  let buffer = '';
  const offered = options.offersStartTls ?? options.pair !== undefined;
  const say = (text: string): boolean => socket.write(`${text}\r\n`);
  const usual = (line: string): string => {
    const [verb = ''] = line.toUpperCase().split(' ');
    if (verb === 'EHLO') {
      const more = [...(offered && !encrypted ? ['STARTTLS'] : []), ...(options.login ? ['AUTH PLAIN'] : [])];
      return ['test', ...more, '8BITMIME'].map((word, i, all) => `250${i === all.length - 1 ? ' ' : '-'}${word}`).join('\r\n');
    }
    if (verb === 'STARTTLS') return offered ? '220 go ahead' : '502 not here';
    if (verb === 'AUTH') {
      const { user, pass } = options.login ?? { user: '', pass: '' };
      const right = Buffer.from(`\u0000${user}\u0000${pass}`).toString('base64');
      return line.endsWith(` ${right}`) ? '235 welcome' : '535 5.7.8 user name or password is wrong';
    }
    if (verb === 'DATA') return '354 end with a dot';
    return verb === 'QUIT' ? '221 bye' : '250 fine';
  };
  const onLine = (line: string): void => {
    if (body !== undefined && line !== '.') return void body.push(line);
    if (body !== undefined) messages.push(body.join('\n'));
    else heard.push(`${encrypted ? '' : '!'}${line}`);
    const asked = body === undefined ? line : '.';
    body = undefined;
    const count = heard.filter((old) => old.replace('!', '') === asked).length;
    const special = options.answer?.(asked, count);
    if (special === null) return;
    const answer = special ?? usual(asked);
    say(answer);
    if (asked === 'DATA' && answer.startsWith('354')) body = [];
    if (asked === 'STARTTLS' && answer.startsWith('220')) upgrade();
    if (asked === 'QUIT') socket.end();
  };
  const onData = (chunk: Buffer): void => {
    buffer += chunk.toString();
    for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      onLine(line);
    }
  };
  const upgrade = (): void => {
    socket.off('data', onData);
    socket = new TLSSocket(socket, { isServer: true, ...options.pair });
    encrypted = true;
    socket.on('error', () => undefined).on('data', onData);
  };
  socket.on('data', onData);
  const greeting = options.answer?.('(greeting)', 1);
  if (greeting !== null) say(greeting ?? '220 test ESMTP');
}
