/** What was heard on the line since the last good frame, and in words: why there is none, and what to try. */
import { DeviceError } from '../../model.ts';
import { badGroups } from './tic-errors.ts';
import type { TicDecoder, TicFrame, TicMode } from './tic-frame.ts';

export interface Hearing {
  bytes(count: number): void;
  /** A complete frame that says more than the meter's address; what was heard before it is forgotten. */
  isGood(frame: TicFrame): boolean;
  inWords(): string;
}

/** Follows one decoder by its counts. */
export function createHearing(mode: TicMode, counts: TicDecoder['counts']): Hearing {
  let bytes = 0;
  let accepted = 0;
  let bad = 0;
  let mute = false;
  return {
    bytes(count) {
      bytes += count;
    },
    isGood(frame) {
      // Old meters put to rest send nothing but their address.
      mute = frame.complete && frame.groups.size === 1;
      if (!frame.complete || mute) return false;
      bytes = 0;
      accepted = counts.accepted;
      bad = badGroups(counts);
      return true;
    },
    inWords() {
      const speed = mode === 'standard' ? '9600 baud' : '1200 baud';
      const [good, damaged] = [counts.accepted - accepted, badGroups(counts) - bad];
      if (bytes === 0) return `${speed}: silence`;
      if (mute) return `${speed}: only the meter's address`;
      return good === 0 ? `${speed}: nothing readable` : `${speed}: ${good} good and ${damaged} bad groups, no whole frame`;
    },
  };
}

export function nothingFound(port: string, heard: readonly string[]): DeviceError {
  const all = heard.join('; ');
  const mend = /only the meter/.test(all)
    ? 'The TIC output is put to rest: ask the supplier to activate it'
    : /good and/.test(all)
      ? 'Shorten the cable or keep it away from breakers; the adapter may be too slow for 9600 baud'
      : 'Check the two wires on I1 and I2 of the meter and the adapter';
  return new DeviceError(`no TIC frame on ${port} (${all})`, { mend });
}
