/** Who this installation is: drawn once, kept for ever, so that two houses never share an id and a meter's serial stays private. */
import { randomBytes } from 'node:crypto';
import type { Store } from './store/types.ts';

export interface Installation {
  /** Six hexadecimal characters: part of every topic and id. */
  readonly install: string;
  /** Key of the digests under which personal ids are kept. */
  readonly salt: string;
  /**
   * False when nothing could be read at start and nothing can be kept: announced under a name drawn for this run alone,
   * every entity would come a second time and totals would seem to begin at zero.
   */
  readonly lasting: boolean;
}

/** The kept identity, or a new one. */
export function installationOf(store: Store): Installation {
  const fact = (name: string, bytes: number): string => {
    const kept = store.initial.facts[name];
    if (kept !== undefined && /^[0-9a-f]+$/.test(kept)) return kept;
    const drawn = randomBytes(bytes).toString('hex');
    store.saveFact(name, drawn);
    return drawn;
  };
  const lasting = store.initial.facts.install !== undefined || !store.health.degraded;
  return { install: fact('install', 3), salt: fact('salt', 32), lasting };
}
