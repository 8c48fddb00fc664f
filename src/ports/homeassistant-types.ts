/** Home Assistant as one who asks it sees it: a session, questions, answers. */

/** A session that is signed in. Disposing ends it. */
export interface HomeAssistantSession extends Disposable {
  /** Core's own, such as `2026.11.0`. */
  readonly version: string;
  /** The result of a WebSocket command. Rejects with HomeAssistantRefusal, or with HomeAssistantFault when it is gone. */
  ask<T>(type: string, fields?: Readonly<Record<string, unknown>>): Promise<T>;
}
export interface HomeAssistant {
  /** Signs in, or rejects with HomeAssistantFault. Tries once. */
  open(): Promise<HomeAssistantSession>;
}

/** Core understood the question and said no. `code` is its own word (`not_found`, `already_exists`, …). */
export class HomeAssistantRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'HomeAssistantRefusal';
    this.code = code;
  }
}

/** No session: nobody answers, the token is not taken, or the connection was lost. */
export class HomeAssistantFault extends Error {
  readonly reason: 'absent' | 'token' | 'lost';
  constructor(reason: 'absent' | 'token' | 'lost', address: string) {
    super(`Home Assistant at ${address}: ${reason}`);
    this.name = 'HomeAssistantFault';
    this.reason = reason;
  }
}
