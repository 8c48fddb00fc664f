/** Counts crashes through restarts: after ten in ten minutes everything is read and shown, and no relay leaves its safe state. */
import { readTimes } from './app-times.ts';
import type { RelayOutlook } from './control/relay-types.ts';
import { APP_DEVICE_ID, LEAVE_SAFE_MODE } from './homeassistant/app-device.ts';
import type { Command } from './homeassistant/types.ts';
import type { Log } from './log.ts';
import type { Language, Text } from './model.ts';
import type { Clock } from './ports/types.ts';
import type { Store } from './store/types.ts';

export interface SafeModeOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly language: Language;
  /** Relays whose part of the house file has faults, or whose guard has. */
  readonly held: readonly string[];
  /** Why nothing may leave its safe state; empty: it may. Called at once, and when that changes. */
  onReason(text: string): void;
}
export interface SafeMode {
  /** What a relay hears: the rest of the control room, and above it the safe mode. */
  over(outlook: (relayId: string) => RelayOutlook): (relayId: string) => RelayOutlook;
  /** Its own button; every other command goes on. */
  heard(obey: (command: Command) => void): (command: Command) => void;
  /** The program ends because somebody wants it to: not a crash. */
  endedWell(): void;
}
/** Why the program ends when nobody asked it to. */
export class Crash extends Error {}

const CRASHES = 10;
const WITHIN_MS = 10 * 60_000;
/** A run as long as this is a good one: the count begins anew. */
const GOOD_MS = 10 * 60_000;
const FACTS = { running: 'running', crashes: 'crashes', since: 'safe-mode' } as const;

/** A start that finds the mark of a running program follows a crash: no fault of ours writes anything on its way out. */
export function openSafeMode({ store, clock, log, language, held, onReason }: SafeModeOptions): SafeMode {
  const { facts } = store.initial;
  const nowMs = clock.wallMs();
  const before = readTimes(facts[FACTS.crashes]);
  // A clock that was set meanwhile must not put a crash in the future.
  const crashes = [...before, ...(facts[FACTS.running] === 'yes' ? [nowMs] : [])]
    .map((atMs) => Math.min(atMs, nowMs))
    .filter((atMs) => nowMs - atMs < WITHIN_MS)
    .slice(-CRASHES);
  let since = readTimes(facts[FACTS.since])[0] ?? (crashes.length >= CRASHES ? nowMs : undefined);

  const save = (kept: readonly number[]): void => {
    store.saveFact(FACTS.crashes, JSON.stringify(kept));
    store.saveFact(FACTS.since, JSON.stringify(since === undefined ? [] : [since]));
  };
  const leave = (why: string): void => {
    save([]);
    if (since === undefined) return;
    since = undefined;
    save([]);
    log('warning', `safe mode ends: ${why}`);
    onReason('');
  };
  store.saveFact(FACTS.running, 'yes');
  save(crashes);
  // The next crash may be near.
  void store.flush();
  clock.after(GOOD_MS, () => leave('this run was good for ten minutes'));
  const reason = since === undefined ? '' : reasonSince(new Date(since).toISOString())[language];
  if (reason !== '') log('error', reason);
  onReason(reason);
  return {
    over: (outlook) => (relayId) => {
      const said = outlook(relayId);
      const holds = [...(since === undefined ? [] : ['safe-mode']), ...(held.includes(relayId) ? ['configuration'] : [])];
      return holds.length === 0 ? said : { ...said, interlocks: [...holds, ...said.interlocks] };
    },
    heard: (obey) => (command) => {
      if (command.deviceId !== APP_DEVICE_ID) obey(command);
      else if (command.key === LEAVE_SAFE_MODE) leave('its button was pressed');
    },
    endedWell: () => store.saveFact(FACTS.running, 'no'),
  };
}

function reasonSince(moment: string): Text {
  return {
    en: `safe mode since ${moment}: ${CRASHES} crashes within ten minutes. No relay leaves its safe state until ten minutes go well or "Leave safe mode" is pressed; the cause is in the log`,
    fr: `mode sûr depuis ${moment} : ${CRASHES} arrêts brutaux en dix minutes. Aucun relais ne quitte son état sûr avant dix minutes sans panne ou un appui sur « Quitter le mode sûr » ; la cause est dans le journal`,
  };
}
