/** The simulated house with a battery in the hands of the charge control: what a replay without a recording drives. */
import { demoYaml } from './demo.ts';

/** YAML; the demonstration's devices and relays, and the battery that draws most, charged by `rs_01`. */
export function demoBatteryYaml(language: 'en' | 'fr'): string {
  return `${demoYaml(language)}batteries:
  - id: house_battery
    name: ${language === 'fr' ? 'Batterie de la maison' : 'House battery'}
    chemistry: lfp
    capacity_ah: 100
    voltage: bat_04.bus_voltage
    current: bat_04.current
    soc: fox.state_of_charge
    temperatures: [fox.cell_temperature_max]
    charge_relays: [rs_01]
    discharge_relays: [rs_04]
    start_soc: 40
    stop_soc: 95
`;
}
