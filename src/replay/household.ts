/** The simulated house without its wires: what its devices would say, and what its people ask for in the course of a day. */
import type { Value } from '../model.ts';
import type { House, HouseRelays } from '../ports/sim/house.ts';
import type { RecordedCommand } from './recording.ts';

type Said = readonly [deviceId: string, values: Readonly<Record<string, Value>>];

/** Values by device, under the ids of the demonstration's configuration. */
export function saidBy(house: House): Said[] {
  const { va, amps, volts, offPeakWh, peakWh, offPeakNow } = house.meter();
  const linky: Said = [
    'linky',
    {
      ...{ apparent_power: va, energy_drawn: offPeakWh + peakWh, current_l1: amps, voltage_l1: volts },
      ...{ tariff_period: offPeakNow ? 'off_peak' : 'peak', subscribed_power: 6, cut_off_power: 6, overload: va > 6_000 },
    },
  ];
  const monitors = [0, 1, 2, 3].map((index): Said => {
    const battery = house.battery(index);
    return [`bat_0${index + 1}`, { bus_voltage: battery.volts, current: battery.amps, power: battery.volts * battery.amps }];
  });
  const last = house.battery(3);
  const temperature = { cell_temperature_min: last.celsius, cell_temperature_max: last.celsius };
  const fox = { voltage: last.volts, current: last.amps, state_of_charge: 100 * last.stateOfCharge, ...temperature };
  return [
    linky,
    ...monitors,
    ['fox', fox],
    ['temp_bat_01', { temperature: house.battery(0).celsius }],
    ['tank', { temperature: house.tankCelsius }],
    ['water', { volume: Math.floor(house.waterLitres) }],
    ['heater_meter', { energy: Math.floor(house.heaterWh) }],
  ];
}

/** Which relay feeds what, as in the demonstration. */
export function relaysOf(states: readonly { readonly id: string; readonly on: boolean | null }[]): HouseRelays {
  const on = (id: string): boolean => states.find((state) => state.id === id)?.on === true;
  return { charger: on('rs_01'), waterHeater: on('rs_02'), heating: on('rs_03'), ventilation: on('rs_04') };
}

/** Hot water at off-peak hours, heating in winter mornings and evenings, fresh air twice a day. To be renewed before the lease ends. */
export function wishesAt(hour: number, month: number): RecordedCommand[] {
  const winter = month >= 10 || month <= 2;
  const wishes = {
    rs_02: hour >= 22.5 || hour < 5.5,
    rs_03: winter && ((hour >= 6 && hour < 8.5) || (hour >= 17.5 && hour < 22)),
    rs_04: (hour >= 7 && hour < 8) || (hour >= 19 && hour < 20),
  };
  return Object.entries(wishes).map(([id, on]) => ({ deviceId: id, key: id, on }));
}
