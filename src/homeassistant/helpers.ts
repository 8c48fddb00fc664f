/** The desk of the helper buttons: one at a time, with an end in time, and every failure becomes a sentence. */
import type { Language, Text } from '../model.ts';
import { type HomeAssistant, HomeAssistantFault } from '../ports/homeassistant-types.ts';
import type { Clock } from '../ports/types.ts';
import { type Help, say } from './help.ts';
import { sortDevices } from './help-areas.ts';
import { type BlueprintFile, installBlueprints } from './help-blueprints.ts';
import { createDashboard } from './help-dashboard.ts';
import { applyEnergy, type Proposal, proposeEnergy } from './help-energy.ts';
import type { Helper } from './helper-device.ts';
import type { AnnouncedDevice } from './types.ts';

export interface HelpersOptions {
  readonly homeAssistant: HomeAssistant;
  readonly devices: readonly AnnouncedDevice[];
  readonly install: string;
  readonly language: Language;
  readonly clock: Clock;
  blueprints(): Promise<readonly BlueprintFile[]>;
  /** What came of it, in the language of the house. */
  tell(text: string): void;
  log(level: 'info' | 'warning', message: string): void;
}
export interface Helpers {
  /** Returns at once; the outcome is told. Never throws. */
  press(helper: Helper): void;
}

const LIMIT_MS = 60_000;
const WORKING: Text = { en: 'Working…', fr: 'En cours…' };
const BUSY: Text = { en: 'The step before is still at work', fr: "L'étape précédente est encore en cours" };
const FAILED: Text = { en: 'It did not work: {0}', fr: "Cela n'a pas marché : {0}" };
const FAULTS: Readonly<Record<HomeAssistantFault['reason'], Text>> = {
  absent: { en: 'Home Assistant does not answer', fr: 'Home Assistant ne répond pas' },
  token: { en: 'Home Assistant refuses the token', fr: 'Home Assistant refuse le jeton' },
  lost: { en: 'the connection to Home Assistant was lost', fr: 'la connexion à Home Assistant a été perdue' },
};
const LATE: Text = { en: 'Home Assistant took too long', fr: 'Home Assistant a mis trop de temps' };

export function createHelpers(options: HelpersOptions): Helpers {
  const { clock, log } = options;
  let working = false;
  let proposal: Proposal | undefined;

  const act = async (helper: Helper, help: Help): Promise<string> => {
    const nowMs = clock.monotonicMs();
    if (helper === 'create_dashboard') return createDashboard(help);
    if (helper === 'install_blueprints') return installBlueprints(help, await options.blueprints());
    if (helper === 'sort_devices') return sortDevices(help);
    const outcome = helper === 'propose_energy' ? await proposeEnergy(help, nowMs) : await applyEnergy(help, proposal, nowMs);
    proposal = outcome.proposal;
    return outcome.said;
  };
  const attempt = async (helper: Helper, signal: AbortSignal): Promise<string> => {
    using session = await options.homeAssistant.open();
    // What still waits for an answer fails, and with it ends.
    signal.addEventListener('abort', () => session[Symbol.dispose](), { once: true });
    signal.throwIfAborted();
    return await act(helper, { ...options, session });
  };
  const finish = (helper: Helper, level: 'info' | 'warning', text: string): void => {
    working = false;
    log(level, `${helper}: ${text}`);
    options.tell(text);
  };
  return {
    press(helper) {
      if (working) {
        options.tell(BUSY[options.language]);
        return;
      }
      working = true;
      options.tell(WORKING[options.language]);
      within((signal) => attempt(helper, signal), clock, LATE[options.language]).then(
        (text) => finish(helper, 'info', text),
        (error: unknown) => finish(helper, 'warning', say(options, FAILED, reasonOf(error, options))),
      );
    },
  };
}

function reasonOf(error: unknown, { language }: HelpersOptions): string {
  if (error instanceof HomeAssistantFault) return FAULTS[error.reason][language];
  return error instanceof Error ? error.message : String(error);
}

async function within(work: (signal: AbortSignal) => Promise<string>, clock: Clock, late: string): Promise<string> {
  const done = new AbortController();
  const tooLate = new AbortController();
  const result = work(tooLate.signal);
  const limit = clock.sleep(LIMIT_MS, done.signal).then(() => {
    tooLate.abort(new Error(late));
    throw new Error(late);
  });
  for (const one of [result, limit]) one.catch(() => undefined);
  return Promise.race([result, limit]).finally(() => done.abort());
}
