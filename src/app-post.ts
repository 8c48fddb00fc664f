/** Carries what the mailer decides to the mail port, and its answers back; nobody waits for it. */
import type { MailConfig } from './config/alarm-house.ts';
import type { ActiveAlarm, AlarmChange, Instant } from './control/alarms.ts';
import { createMailer, type Letter, type MailerRecord, type MailState } from './control/mailer.ts';
import type { Log } from './log.ts';
import type { Language } from './model.ts';
import type { Clock, Mail, MailOutcome, MailServer } from './ports/types.ts';
import type { Store } from './store/types.ts';

/** What stands in the options of the app, not in the house file. */
export interface MailAccount {
  readonly username?: string;
  readonly password?: string;
  /** PEM. */
  readonly ca?: string;
}
export interface PostOptions {
  readonly config: MailConfig;
  readonly account: MailAccount;
  readonly language: Language;
  readonly mail: Mail;
  readonly clock: Clock;
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly now: () => Instant;
  /** Alarms that stood when the program stopped. */
  readonly standing: readonly ActiveAlarm[];
}
export interface Post {
  note(changes: readonly AlarmChange[]): void;
  /** Call each second. */
  tick(active: readonly ActiveAlarm[]): void;
  test(): void;
  readonly state: MailState;
  save(): void;
}

const FACT = 'mailer';

export function openPost(options: PostOptions): Post {
  const { config, now, store, signal } = options;
  const mailer = createMailer(
    {
      ...{ perHour: config.perHour, perDay: config.perDay, repeatMs: config.repeatS * 1000, gatherMs: config.gatherS * 1000 },
      ...{ from: config.severity, tellEnd: config.tellEnd },
    },
    { language: options.language },
    now(),
    readRecord(store.initial.facts[FACT]),
    options.standing,
  );
  const save = (): void => store.saveFact(FACT, JSON.stringify(mailer.record(now())));
  return {
    note(changes) {
      if (changes.length === 0) return;
      mailer.note(changes, now());
      save();
    },
    tick(active) {
      if (signal.aborted) return;
      for (const letter of mailer.next(active, now())) {
        void deliver(letter, options).then((outcome) => {
          mailer.done(letter.id, outcome, now());
          save();
        });
      }
    },
    test: () => mailer.test(now()),
    get state() {
      return mailer.state(now());
    },
    save,
  };
}

async function deliver({ subject, text }: Letter, { config, account, mail, signal, log }: PostOptions): Promise<MailOutcome> {
  const { host, port, security, from, to } = config;
  const server: MailServer = { host, port, security, ...account };
  const outcome = await mail.send(server, { from, to, subject, text }, signal).catch((error: unknown) => {
    return { sent: false, permanent: false, reason: String(error) } as const;
  });
  // Addresses are personal: the log does without.
  const masked = (words: string): string =>
    [from, ...to, account.username ?? ''].reduce((all, one) => (one === '' ? all : all.replaceAll(one, '***')), words);
  if (!outcome.sent) log('warning', `mail not sent${outcome.permanent ? '' : ' yet'}: ${masked(outcome.reason)}`);
  else if (outcome.refusedRecipients.length === 0) log('info', `mail sent: ${subject}`);
  else log('warning', `mail sent, but the server refused ${outcome.refusedRecipients.length} of ${to.length} recipients: ${subject}`);
  return outcome;
}

/** What is damaged counts as nothing sent. */
function readRecord(text: string | undefined): MailerRecord | undefined {
  try {
    const data = JSON.parse(text ?? 'null') as Partial<MailerRecord> | null;
    const numbers = (list: readonly unknown[]): boolean => list.every((one) => typeof one === 'number' && Number.isFinite(one));
    if (data === null || !Array.isArray(data.sentMs) || !Array.isArray(data.unsent) || typeof data.ruleMs !== 'object') return undefined;
    return numbers(data.sentMs) && data.ruleMs !== null && numbers(Object.values(data.ruleMs)) ? (data as MailerRecord) : undefined;
  } catch {
    return undefined;
  }
}
