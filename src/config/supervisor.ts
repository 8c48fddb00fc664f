/** Asks Home Assistant's Supervisor for the broker, and goes on asking: its app may be installed or started later. */
import type { Clock } from '../ports/types.ts';

export interface SupervisorBroker {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}
export interface AskOptions {
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told once per change: why there is no broker yet. */
  onWait(reason: string): void;
}

const PAUSES_MS = [2_000, 5_000, 15_000, 60_000];

/** Resolves with the broker; undefined on abort. Source: Supervisor API, GET /services/mqtt. */
export async function askSupervisor({ token, fetch, clock, signal, onWait }: AskOptions): Promise<SupervisorBroker | undefined> {
  let told = '';
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const answer = await askOnce(token, fetch, signal);
    if (typeof answer !== 'string') return answer;
    if (answer !== told && !signal.aborted) onWait(answer);
    told = answer;
    await clock.sleep(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] ?? 60_000, signal).catch(() => undefined);
  }
  return undefined;
}

async function askOnce(token: string, fetch: AskOptions['fetch'], signal: AbortSignal): Promise<SupervisorBroker | string> {
  try {
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
    const response = await fetch('http://supervisor/services/mqtt', { headers: { authorization: `Bearer ${token}` }, signal: timeout });
    if (response.status === 403) return 'the Supervisor refuses to name the broker: enter it in the options of the app';
    const body = (await response.json()) as { result?: string; message?: string; data?: Record<string, unknown> };
    const { host, port, ssl, username, password } = body.data ?? {};
    if (body.result !== 'ok' || typeof host !== 'string' || typeof port !== 'number') {
      return `no broker yet (${body.message ?? 'the service is empty'}): install and start the Mosquitto app, or enter a broker in the options`;
    }
    return {
      url: `${ssl === true ? 'mqtts' : 'mqtt'}://${host}:${port}`,
      ...(typeof username === 'string' && username !== '' && { username }),
      ...(typeof password === 'string' && password !== '' && { password }),
    };
  } catch (error) {
    return `the Supervisor does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}
