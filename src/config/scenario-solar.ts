/** The configuration of the house with panels and a lithium battery in its attic, as a real file would be. */

/** YAML. */
export function solarYaml(language: 'en' | 'fr'): string {
  const name = (en: string, fr: string): string => (language === 'fr' ? fr : en);
  return `version: 1
language: ${language}
devices:
  - {id: linky, type: linky, name: Linky, port: /dev/serial/by-id/linky}
  - {id: panels, type: sdm120, name: "${name('Solar panels', 'Panneaux solaires')}", port: /dev/serial/by-id/rs485, unit: 2}
  - {id: pack, type: can_pack, name: "${name('Battery management', 'Gestion de la batterie')}", port: can0}
relays:
  - {id: rs_01, name: "${name('Charger', 'Chargeur')}", line: 5, active_low: true, min_on_s: 120, min_off_s: 300, group: battery}
  - {id: rs_02, name: "${name('Inverter', 'Onduleur')}", line: 6, active_low: true, min_on_s: 60, min_off_s: 300, group: battery}
batteries:
  - id: attic_battery
    name: "${name('Battery in the attic', 'Batterie du grenier')}"
    chemistry: lfp
    nominal_v: 51.2
    capacity_ah: 200
    voltage: pack.voltage
    current: pack.current
    soc: pack.state_of_charge
    highest_cell: pack.cell_voltage_max
    lowest_cell: pack.cell_voltage_min
    temperatures: [pack.cell_temperature_max, pack.cell_temperature_min]
    charge_relays: [rs_01]
    discharge_relays: [rs_02]
    start_soc: 10
    restart_soc: 90
`;
}
