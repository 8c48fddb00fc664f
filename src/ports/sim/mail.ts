/** A mail server in memory: keeps what was sent, fails on demand. */
import type { Mail, MailMessage, MailOutcome, MailServer } from '../types.ts';

export interface SimulatedMail extends Mail {
  readonly sent: { readonly server: MailServer; readonly message: MailMessage }[];
  /** Every attempt, delivered or not. */
  readonly attempts: number;
  /** The answer to all further attempts; undefined: delivered. A promise keeps them waiting. */
  answer(outcome: MailOutcome | Promise<MailOutcome> | undefined): void;
}

export function simulatedMail(): SimulatedMail {
  const sent: SimulatedMail['sent'] = [];
  let attempts = 0;
  let next: MailOutcome | Promise<MailOutcome> | undefined;
  return {
    sent,
    get attempts() {
      return attempts;
    },
    answer(outcome) {
      next = outcome;
    },
    async send(server, message) {
      attempts += 1;
      const outcome = (await next) ?? { sent: true, refusedRecipients: [] };
      if (outcome.sent) sent.push({ server, message });
      return outcome;
    },
  };
}
