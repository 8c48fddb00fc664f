/** Whoever keeps a recording hears what control hears, before control does. */
import type { Ledger } from './energy/ledger.ts';
import type { Command } from './homeassistant/types.ts';
import type { Sample } from './model.ts';

/** Neither blocks nor throws. */
export interface Witness {
  sample(sample: Sample): void;
  command(command: Command): void;
  opened(deviceId: string): void;
}

export function heard(witness: Witness | undefined, obey: (command: Command) => void): (command: Command) => void {
  return (command) => {
    witness?.command(command);
    obey(command);
  };
}

export function reopened(deviceId: string, ledger: Ledger, witness: Witness | undefined): void {
  witness?.opened(deviceId);
  ledger.reopened(deviceId);
}
