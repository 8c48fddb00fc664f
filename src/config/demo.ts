/** The configuration of the simulated house: what a real file looks like, on simulated wires. */

/** YAML of the reference house: a Linky, four batteries and a bank of 24 V, solar panels, a small load, two probes, two pulse meters, four relays. */
export function demoYaml(language: 'en' | 'fr'): string {
  const french = language === 'fr';
  const name = (en: string, fr: string): string => (french ? fr : en);
  const battery = (index: number, address: string): string => `  - id: bat_0${index}
    type: ina219
    name: ${name('Battery', 'Batterie')} ${index}
    bus: 1
    address: ${address}
    shunt_mv: 75
    shunt_amps: 50
    max_amps: 40
`;
  const relay = (index: number, line: number, label: string): string => `  - id: rs_0${index}
    name: ${label}
    line: ${line}
    active_low: true
    safe: 'off'
`;
  return `version: 1
language: ${language}
devices:
  - id: linky
    type: linky
    name: Linky
    port: /dev/serial/by-id/simulated-linky
${battery(1, '0x40')}${battery(2, '0x41')}${battery(3, '0x44')}${battery(4, '0x45')}  - id: bat_05
    type: ina226
    name: ${name('24 V bank', 'Parc 24 V')}
    address: 0x42
    shunt_mv: 75
    shunt_amps: 100
  - id: solar
    type: ina228
    name: ${name('Solar panels', 'Panneaux solaires')}
    address: 0x46
    shunt_mv: 75
    shunt_amps: 50
  - id: router
    type: ina3221
    name: ${name('Router supply', 'Alimentation du routeur')}
    address: 0x43
    channel: 1
  - id: temp_bat_01
    type: ds18b20
    name: ${name('Battery 1 probe', 'Sonde batterie 1')}
    sensor: 28-0000000000b1
  - id: tank
    type: ds18b20
    name: ${name('Hot water tank', 'Ballon')}
    sensor: 28-0000000000c1
  - id: cabinet
    type: lm75
    name: ${name('Electrical cabinet', 'Tableau électrique')}
    address: 0x48
  - id: panel_temp
    type: ntc
    name: ${name('Solar panel probe', 'Sonde du panneau')}
    address: 0x4a
    channel: 0
    beta: 3950
  - id: pi
    type: host
    name: Raspberry Pi
  - id: water
    type: pulse
    name: ${name('Water meter', "Compteur d'eau")}
    line: 17
    medium: water
  - id: heater_meter
    type: pulse
    name: ${name('Water heater meter', 'Sous-compteur chauffe-eau')}
    line: 27
    medium: electricity
relays:
${relay(1, 5, name('Battery charger', 'Chargeur de batteries'))}${relay(2, 6, name('Water heater', 'Chauffe-eau'))}${relay(3, 13, name('Heating', 'Chauffage'))}${relay(4, 19, name('Ventilation', 'Ventilation'))}`;
}
