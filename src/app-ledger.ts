/** Totals of all devices: kept by the store, told apart by meter, explained in the log when something is odd. */
import { createHmac } from 'node:crypto';
import type { Device } from './app-devices.ts';
import type { Installation } from './app-identity.ts';
import { type Ledger, openLedger } from './energy/ledger.ts';
import type { Log } from './log.ts';
import type { Store } from './store/types.ts';

export function createLedger(devices: readonly Device[], store: Store, { salt }: Installation, log: Log): Ledger {
  return openLedger({
    descriptions: new Map(devices.map(({ config, description }) => [config.id, description])),
    kept: store.initial.totals,
    digest: (serial) => createHmac('sha256', salt).update(serial).digest('hex').slice(0, 16),
    onChange: (total) => store.saveTotal(total),
    memory: { load: (name) => store.initial.facts[name], save: store.saveFact },
    onEvent({ deviceId, key, event, value, total }) {
      if (event !== 'refused') log('warning', `${deviceId}.${key}: ${event} at ${value}, the total goes on from ${total}`);
      else log('debug', `${deviceId}.${key}: reading ${value} not believed, total ${total} kept`);
    },
  });
}
