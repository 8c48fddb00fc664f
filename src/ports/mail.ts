/** Mail through nodemailer: one message, one connection, encrypted or not at all, the certificate checked. */
import { isIP } from 'node:net';
import type { NodemailerError, Transporter } from 'nodemailer';
import { systemClock } from './clock.ts';
import { explainMailError } from './mail-reasons.ts';
import type { Clock, Mail, MailMessage, MailOutcome, MailServer } from './types.ts';

/** Nodemailer's own limits are minutes; a mail each minute needs an attempt to end within one (ms). */
const ATTEMPT_MS = 45_000;
const STEP_MS = 15_000;

/** Sends from this machine. The package is loaded at the first message. */
export function smtpMail(clock: Clock = systemClock()): Mail {
  return {
    async send(server, message, signal) {
      if (signal.aborted) return { sent: false, permanent: false, reason: 'the program is stopping' };
      const attempt = new AbortController();
      const stop = (): void => attempt.abort('the program is stopping');
      signal.addEventListener('abort', stop, { once: true });
      const cancel = clock.after(ATTEMPT_MS, () => attempt.abort(`the mail server did not take the message within ${ATTEMPT_MS / 1000} s`));
      try {
        return await attemptOnce(server, message, attempt.signal);
      } catch (error) {
        const told = attempt.signal.aborted ? { permanent: false, reason: String(attempt.signal.reason) } : explainMailError(error);
        return { sent: false, permanent: told.permanent, reason: withoutSecrets(told.reason, server) };
      } finally {
        cancel();
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

async function attemptOnce(server: MailServer, { from, to, subject, text }: MailMessage, signal: AbortSignal): Promise<MailOutcome> {
  const { createTransport } = await import('nodemailer');
  const transport: Transporter = createTransport(transportOptions(server));
  // RFC 3834: no out-of-office answers to a machine.
  const headers = { 'Auto-Submitted': 'auto-generated' };
  const letter = { from: oneLine(from), to: [...to], subject: oneLine(subject), text, headers, signal };
  const info = (await transport.sendMail(letter)) as {
    readonly rejected?: readonly unknown[];
    readonly rejectedErrors?: NodemailerError[];
  };
  return { sent: true, refusedRecipients: (info.rejected ?? []).map(String) };
}

function transportOptions({
  host,
  port,
  security,
  username,
  password,
  ca,
}: MailServer): NonNullable<Parameters<typeof import('nodemailer').createTransport>[0]> {
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'plain',
    tls: {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(isIP(host) === 0 && { servername: host }),
      ...(ca !== undefined && { ca }),
    },
    ...(username !== undefined && { auth: { user: username, pass: password ?? '' } }),
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    dnsTimeout: STEP_MS,
    socketTimeout: ATTEMPT_MS,
    socketCloseTimeout: 1_000,
    maxRecipients: 10,
    maxResponseSize: 16_384,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Names of devices may stand in a subject: none of them begins a header of its own. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 200);
}

/** A server may repeat what it was told, plain or as AUTH wrote it (RFC 4616, base64). */
function withoutSecrets(reason: string, { username = '', password = '' }: MailServer): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '');
  const secrets = password === '' ? [] : [password, base64(password), base64(`\u0000${username}\u0000${password}`)];
  let clean = reason;
  for (const secret of secrets) clean = clean.replaceAll(secret, '***');
  return oneLine(clean);
}
