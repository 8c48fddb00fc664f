/** Seplos V2 batteries (BMS 10E, 1101 and their kin) over RS485, each pack by its address. */
import { asciiBattery } from './lib/ascii-battery.ts';
import { SEPLOS_ENTITIES } from './lib/rack-entities.ts';
import { seplosAnalog, seplosStatus } from './lib/rack-values.ts';

export const seplos = asciiBattery({
  type: 'seplos',
  title: { en: 'Seplos V2 battery (RS485)', fr: 'Batterie Seplos V2 (RS485)' },
  manufacturer: 'Seplos',
  model: 'BMS V2',
  version: 0x20,
  units: [0, 15, 0],
  baudRate: 19_200,
  entities: SEPLOS_ENTITIES,
  answers: [
    { command: 0x42, decode: seplosAnalog },
    { command: 0x44, decode: seplosStatus },
  ],
});
