/** The list of drivers: adding a device is one file, one test and one line here. */
import { daly } from './daly.ts';
import type { AnyDriver } from './driver.ts';
import { ina219 } from './ina219.ts';
import { jbd } from './jbd.ts';
import { jk } from './jk.ts';
import { linky } from './linky.ts';
import { pace } from './pace.ts';
import { pulse } from './pulse.ts';
import { pylontech } from './pylontech.ts';
import { seplos } from './seplos.ts';
import { vedirect } from './vedirect.ts';

export const drivers: readonly AnyDriver[] = [linky, ina219, pulse, jbd, vedirect, daly, jk, pylontech, seplos, pace];
