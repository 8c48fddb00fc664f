/** A world for every driver. */
import { BUS_RIGS } from './bus-rigs.ts';
import type { Rig } from './rig.ts';
import { SERIAL_RIGS } from './serial-rigs.ts';

export const RIGS: readonly Rig[] = [...SERIAL_RIGS, ...BUS_RIGS];
