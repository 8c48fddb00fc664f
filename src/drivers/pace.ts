/** PACE batteries (P16S and the many rack batteries built with it) over RS485 or RS232 in version 25 of their ASCII protocol. */
import { asciiBattery } from './lib/ascii-battery.ts';
import { PACE_ENTITIES } from './lib/rack-entities.ts';
import { paceAnalog, paceStatus } from './lib/rack-values.ts';

export const pace = asciiBattery({
  type: 'pace',
  title: { en: 'PACE battery (ASCII protocol, version 25)', fr: 'Batterie PACE (protocole ASCII, version 25)' },
  manufacturer: 'PACE',
  model: 'BMS',
  version: 0x25,
  units: [0, 16, 1],
  baudRate: 9600,
  entities: PACE_ENTITIES,
  answers: [
    { command: 0x42, decode: paceAnalog },
    { command: 0x44, decode: paceStatus },
  ],
});
