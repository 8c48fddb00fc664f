/** The list of drivers: adding a device is one file, one test and one line here. */
import { canPack } from './can-pack.ts';
import type { AnyDriver } from './driver.ts';
import { sdm120, sdm630 } from './eastron.ts';
import { epever } from './epever.ts';
import { foxbms } from './foxbms.ts';
import { ina219 } from './ina219.ts';
import { linky } from './linky.ts';
import { modbus } from './modbus.ts';
import { pulse } from './pulse.ts';

export const drivers: readonly AnyDriver[] = [linky, ina219, pulse, epever, sdm120, sdm630, modbus, canPack, foxbms];
