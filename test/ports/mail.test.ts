import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { smtpMail } from '../../src/ports/mail.ts';
import { explainMailError } from '../../src/ports/mail-reasons.ts';
import { simulatedMail } from '../../src/ports/sim/mail.ts';
import type { MailMessage, MailOutcome, MailServer } from '../../src/ports/types.ts';
import { hastyClock, until } from '../homeassistant/waiting.ts';
import { type Pair, type SmtpOptions, type SmtpServer, selfSigned, startSmtp } from './smtp-server.ts';

const pair = selfSigned();
const foreign = selfSigned('DNS:mail.example.org');
// Only used where the openssl command made one.
const PAIR = pair as Pair;
const LOGIN = { user: 'house@example.org', pass: 'Pa$$ word*1' };
const MESSAGE: MailMessage = {
  from: 'house@example.org',
  to: ['me@example.org'],
  subject: 'Surchauffe à la cave',
  text: 'Allez voir.\nMerci.',
};
const never = new AbortController().signal;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});
async function smtp(options: SmtpOptions): Promise<SmtpServer> {
  const server = await startSmtp(options);
  cleanups.push(server.stop);
  return server;
}
function at({ port }: SmtpServer, more: Partial<MailServer> = {}): MailServer {
  const ca = pair === undefined ? {} : { ca: pair.cert.toString() };
  return { host: '127.0.0.1', port, security: 'starttls', username: LOGIN.user, password: LOGIN.pass, ...ca, ...more };
}
const send = (server: MailServer, message: Partial<MailMessage> = {}, signal = never): Promise<MailOutcome> =>
  smtpMail().send(server, { ...MESSAGE, ...message }, signal);
const failed = (permanent: boolean, words: string) => ({ sent: false, permanent, reason: expect.stringContaining(words) });

describe.runIf(pair !== undefined)('encrypted', () => {
  test('after STARTTLS: nothing but the greeting goes in clear', async () => {
    const server = await smtp({ pair: PAIR, login: LOGIN });
    expect(await send(at(server))).toEqual({ sent: true, refusedRecipients: [] });
    expect(server.heard.filter((line) => line.startsWith('!')).map((line) => line.split(' ')[0])).toEqual(['!EHLO', '!STARTTLS']);
    expect(server.heard).toContain('RCPT TO:<me@example.org>');
    expect(server.messages[0]).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(server.messages[0]).toMatch(/^Subject: =\?UTF-8\?/m);
    expect(server.messages[0]).toMatch(/Allez voir\.\n\n?Merci\./);
  });

  test('from the first byte', async () => {
    const server = await smtp({ pair: PAIR, implicit: true, login: LOGIN });
    expect(await send(at(server, { security: 'tls' }))).toMatchObject({ sent: true });
    expect(server.heard.filter((line) => line.startsWith('!'))).toEqual([]);
  });

  test('no STARTTLS, cut out or refused: neither name, password nor message is said, and it may be tried again', async () => {
    for (const options of [
      { login: LOGIN },
      { login: LOGIN, answer: (line: string) => (line === 'STARTTLS' ? '454 not now' : undefined) },
    ]) {
      const server = await smtp(options);
      expect(await send(at(server))).toEqual(failed(false, 'no encryption'));
      expect(server.heard.map((line) => line.split(' ')[0])).toEqual(['!EHLO', '!STARTTLS']);
      expect(server.messages).toEqual([]);
    }
  });

  test('the certificate is checked: its authority, its name', async () => {
    const server = await smtp({ pair: PAIR, login: LOGIN });
    const { ca: _, ...unknown } = at(server);
    expect(await send(unknown)).toEqual(failed(false, 'unknown authority'));
    const implicit = await smtp({ pair: PAIR, implicit: true });
    expect(await send({ ...unknown, port: implicit.port, security: 'tls' })).toEqual(failed(false, 'unknown authority'));
    const other = await smtp({ pair: foreign as Pair, login: LOGIN });
    expect(await send(at(other, { ca: foreign?.cert.toString() ?? '' }))).toEqual(failed(false, 'another name'));
    expect([...server.heard, ...implicit.heard, ...other.heard].filter((line) => /AUTH|MAIL/.test(line))).toEqual([]);
  });

  test('TLS against a server that begins in clear says what to change', async () => {
    const server = await smtp({ login: LOGIN });
    expect(await send(at(server, { security: 'tls' }))).toEqual(failed(false, 'starttls'));
  });

  test('a refused password is permanent and told without it, even by a server that repeats it', async () => {
    const answer = (line: string): string | undefined =>
      line.startsWith('AUTH') ? `535 5.7.8 not "${line}", not ${LOGIN.pass}` : undefined;
    for (const options of [{}, { answer }]) {
      const server = await smtp({ pair: PAIR, login: { ...LOGIN, pass: 'other' }, ...options });
      const outcome = await send(at(server));
      expect(outcome).toEqual(failed(true, 'refuses user name or password'));
      const told = JSON.stringify(outcome);
      expect(told).not.toContain(LOGIN.pass);
      expect(told).not.toContain(Buffer.from(`\u0000${LOGIN.user}\u0000${LOGIN.pass}`).toString('base64').slice(0, 20));
    }
  });

  test('a login refused for the moment may be tried again', async () => {
    const answer = (line: string): string | undefined => (line.startsWith('AUTH') ? '454 4.7.0 later' : undefined);
    expect(await send(at(await smtp({ pair: PAIR, login: LOGIN, answer })))).toEqual(failed(false, '454 4.7.0 later'));
  });
});

describe('in clear, asked for in so many words', () => {
  const plain = (server: SmtpServer): MailServer => ({ host: '127.0.0.1', port: server.port, security: 'plain' });

  test('sends', async () => {
    const server = await smtp({});
    expect(await send(plain(server))).toMatchObject({ sent: true });
    expect(server.messages).toHaveLength(1);
  });

  test('4xx may pass, and does the second time', async () => {
    const server = await smtp({ answer: (line, count) => (line.startsWith('MAIL') && count === 1 ? '451 4.3.0 greylisted' : undefined) });
    expect(await send(plain(server))).toEqual(failed(false, '451 4.3.0 greylisted'));
    expect(await send(plain(server))).toMatchObject({ sent: true });
  });

  test.each([
    ['a sender', 'MAIL', '550 5.7.1 not you'],
    ['a recipient', 'RCPT', '550 5.1.1 no such user'],
    ['the message', '.', '554 5.6.0 spam'],
  ])('5xx for %s is for good', async (_, verb, answer) => {
    const server = await smtp({ answer: (line) => (line.split(' ')[0] === verb ? answer : undefined) });
    expect(await send(plain(server))).toEqual(failed(true, answer.slice(4)));
  });

  test('one bad recipient of two does not stop the other', async () => {
    const server = await smtp({ answer: (line) => (line.includes('<gone@') ? '550 5.1.1 gone' : undefined) });
    const outcome = await send(plain(server), { to: ['gone@example.org', 'me@example.org'] });
    expect(outcome).toEqual({ sent: true, refusedRecipients: ['gone@example.org'] });
  });

  test('no address at all is for good', async () => {
    expect(await send(plain(await smtp({})), { to: ['nobody'] })).toMatchObject({ sent: false, permanent: true });
    expect(await send(plain(await smtp({})), { to: [] })).toMatchObject({ sent: false, permanent: true });
  });

  test('a server that wants a password first', async () => {
    const server = await smtp({ answer: (line) => (line.startsWith('MAIL') ? '530 5.7.0 authenticate first' : undefined) });
    expect(await send(plain(server))).toEqual(failed(true, '530 5.7.0'));
  });

  test('a name with line breaks begins no header', async () => {
    const server = await smtp({});
    await send(plain(server), { subject: 'a\r\nBcc: spy@example.org\r\n\r\nb' });
    expect(server.messages[0]).not.toMatch(/^Bcc/m);
    expect(server.heard.filter((line) => line.includes('RCPT'))).toHaveLength(1);
  });

  test('nobody listens; the server leaves at once; it greets with 421', async () => {
    const server = await smtp({});
    await server.stop();
    expect(await send(plain(server))).toEqual(failed(false, 'no mail server listens'));
    expect(await send(plain(await smtp({ answer: () => '421 closing' })))).toEqual(failed(false, '421'));
    expect(await send({ host: 'mail.invalid', port: 25, security: 'plain' })).toEqual(failed(false, 'name of the mail server'));
  });

  test('a silent server ends the attempt, and so does the end of the program', async () => {
    const silent = await smtp({ answer: (line) => (line === '(greeting)' ? null : undefined) });
    const outcome = await smtpMail(hastyClock()).send(plain(silent), MESSAGE, never);
    expect(outcome).toEqual(failed(false, 'within 45 s'));
    const stopping = new AbortController();
    const mute = await smtp({ answer: (line) => (line === 'DATA' ? null : undefined) });
    const sending = send(plain(mute), {}, stopping.signal);
    await until('DATA', () => mute.heard.includes('!DATA'));
    stopping.abort();
    expect(await sending).toEqual(failed(false, 'stopping'));
    expect(await send(plain(mute), {}, stopping.signal)).toEqual(failed(false, 'stopping'));
    expect(mute.messages).toEqual([]);
  });
});

test('whatever a server says, the attempt ends with a verdict and without the password', async () => {
  const verb = fc.constantFrom('(greeting)', 'EHLO', 'HELO', 'AUTH', 'MAIL', 'RCPT', 'DATA', '.');
  const answer = fc.oneof(
    fc.string(),
    fc.constantFrom(
      null,
      '250',
      '354 x',
      '421 x',
      '550-x',
      '535 no',
      '999 x',
      '220-a\r\n220 b',
      `250-x\r\n${'250-y\r\n'.repeat(2_000)}250 z`,
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.dictionary(verb, answer, { maxKeys: 2 }), async (answers) => {
      const server = await startSmtp({ login: LOGIN, answer: (line) => answers[line.split(' ')[0] ?? ''] });
      const options = { host: '127.0.0.1', port: server.port, security: 'plain', username: LOGIN.user, password: LOGIN.pass } as const;
      const outcome = await smtpMail(hastyClock()).send(options, MESSAGE, never);
      await server.stop();
      expect(JSON.stringify(outcome)).not.toContain(LOGIN.pass);
      if (!outcome.sent) expect(outcome.reason).not.toBe('');
    }),
    { numRuns: 40 },
  );
});

test('whatever the error, there are words and a verdict', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.record({ code: fc.anything(), permanent: fc.anything(), cause: fc.anything() })), (error) => {
      const { permanent, reason } = explainMailError(error);
      expect(typeof permanent).toBe('boolean');
      expect(typeof reason).toBe('string');
      expect(reason).not.toBe('');
    }),
  );
});

test('the simulated server answers as told', async () => {
  const mail = simulatedMail();
  const server: MailServer = { host: 'x', port: 25, security: 'plain' };
  mail.answer({ sent: false, permanent: false, reason: 'later' });
  expect(await mail.send(server, MESSAGE, never)).toMatchObject({ reason: 'later' });
  mail.answer(undefined);
  expect(await mail.send(server, MESSAGE, never)).toMatchObject({ sent: true });
  expect([mail.attempts, mail.sent.length]).toEqual([2, 1]);
});
