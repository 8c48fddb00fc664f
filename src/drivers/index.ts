/** The list of drivers: adding a device is one file, one test and one line here. */
import { canPack } from './can-pack.ts';
import { daly } from './daly.ts';
import type { AnyDriver } from './driver.ts';
import { ds18b20 } from './ds18b20.ts';
import { sdm120, sdm630 } from './eastron.ts';
import { epever } from './epever.ts';
import { foxbms } from './foxbms.ts';
import { host } from './host.ts';
import { ina219 } from './ina219.ts';
import { ina226 } from './ina226.ts';
import { ina228 } from './ina228.ts';
import { ina3221 } from './ina3221.ts';
import { jbd } from './jbd.ts';
import { jk } from './jk.ts';
import { jkPb } from './jk-pb.ts';
import { linky } from './linky.ts';
import { lm75 } from './lm75.ts';
import { modbus } from './modbus.ts';
import { mqtt } from './mqtt.ts';
import { ntc } from './ntc.ts';
import { pace } from './pace.ts';
import { pulse } from './pulse.ts';
import { pylontech } from './pylontech.ts';
import { seplos } from './seplos.ts';
import { seplosV3 } from './seplos-v3.ts';
import { smartbms } from './smartbms.ts';
import { thingset } from './thingset.ts';
import { vedirect } from './vedirect.ts';

export const drivers: readonly AnyDriver[] = [
  ...[linky, pulse, host],
  ...[ina219, ina226, ina228, ina3221],
  ...[ds18b20, lm75, ntc],
  ...[epever, sdm120, sdm630, modbus, mqtt],
  ...[vedirect, jbd, daly, jk, jkPb, pylontech, seplos, seplosV3, pace, thingset, smartbms],
  ...[canPack, foxbms],
];
