/** The reserve of a battery as people see it: the floor that holds now, and whether it is reached. */
import type { Entities, Value } from '../model.ts';
import type { ReserveSetting, ReserveState } from './reserve.ts';

export function describeReserve(setting: ReserveSetting | undefined): Entities {
  if (setting === undefined) return {};
  return {
    discharge_floor: { name: { en: 'Discharge floor', fr: 'Plancher de décharge' }, quantity: 'ratio', decimals: 0 },
    reserve_reached: { name: { en: 'Reserve reached', fr: 'Réserve atteinte' }, quantity: 'flag' },
  };
}

export function reserveValues(state: ReserveState | undefined): Record<string, Value> {
  return state === undefined ? {} : { discharge_floor: state.floor, reserve_reached: state.reached };
}
