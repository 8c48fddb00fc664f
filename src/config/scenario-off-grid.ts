/** The configuration of the house away from the grid, as a real file would be. */

/** YAML. */
export function offGridYaml(language: 'en' | 'fr'): string {
  const name = (en: string, fr: string): string => (language === 'fr' ? fr : en);
  return `version: 1
language: ${language}
devices:
  - {id: shunt, type: ina226, name: "${name('Battery shunt', 'Shunt de la batterie')}", address: 0x40, shunt_mv: 75, shunt_amps: 100}
  - {id: probe, type: ds18b20, name: "${name('Battery probe', 'Sonde de la batterie')}", sensor: 28-0000000000a1}
  - {id: regulator, type: epever, name: "${name('Charge controller', 'Régulateur solaire')}", port: /dev/serial/by-id/epever}
relays:
  - {id: rs_01, name: "${name('Panels', 'Panneaux')}", line: 5, active_low: true, min_on_s: 60, min_off_s: 300}
  - {id: rs_02, name: "${name('Lights and pump', 'Éclairage et pompe')}", line: 6, active_low: true, min_off_s: 1800}
  - {id: rs_03, name: "${name('Fridge', 'Réfrigérateur')}", line: 13, active_low: true, min_on_s: 120, min_off_s: 300}
batteries:
  - id: shed_battery
    name: "${name('Battery in the shed', "Batterie de l'abri")}"
    chemistry: lead-acid
    nominal_v: 24
    capacity_ah: 420
    voltage: shunt.bus_voltage
    current: shunt.current
    temperatures: [probe.temperature]
    charge_relays: [rs_01]
    discharge_relays: [rs_02, rs_03]
    deep_v: 24
    start_v: 24.6
    restart_v: 25.6
`;
}
