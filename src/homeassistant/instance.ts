/** Notices a second running copy of the same installation on one broker, so that the younger one steps back (fault F29). */
import { randomBytes } from 'node:crypto';

export interface InstanceGuard {
  /** Retained on the instance topic after each connection. */
  readonly claim: string;
  /** Judges what stands on that topic: `yield` when another copy, older than this one, keeps coming back. */
  hear(payload: Uint8Array): 'alone' | 'contested' | 'yield';
}

/** So often the other's claim must be found where ours stood: once may be a restart that overlapped. */
const PATIENCE = 3;

interface Claim {
  readonly session: string;
  readonly since: number;
}

/**
 * Both copies carry one client id, so the broker throws one out whenever the other connects; MQTT 3.1.1 does not say
 * why. But who finds another's claim where he saw his own before knows that somebody else is alive.
 */
export function guardInstance(wallMs: number): InstanceGuard {
  const own: Claim = { session: randomBytes(6).toString('hex'), since: Math.round(wallMs) };
  let standing = false;
  let contested = 0;
  return {
    claim: JSON.stringify(own),
    hear(payload) {
      const found = readClaim(payload);
      if (found === undefined) return 'alone';
      if (found.session === own.session) {
        standing = true;
        return 'alone';
      }
      if (!standing) return 'alone'; // left by the copy that ran before this one
      standing = false;
      contested += 1;
      const younger = own.since > found.since || (own.since === found.since && own.session > found.session);
      return younger && contested >= PATIENCE ? 'yield' : 'contested';
    },
  };
}

function readClaim(payload: Uint8Array): Claim | undefined {
  if (payload.length === 0 || payload.length > 128) return undefined;
  try {
    const { session, since } = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
    return typeof session === 'string' && typeof since === 'number' ? { session, since } : undefined;
  } catch {
    return undefined;
  }
}
