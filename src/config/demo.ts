/** The configuration of the simulated house: what a real file looks like, on simulated wires. */

/** YAML of the reference house: every kind of device once or more, on simulated wires, and four relays. */
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
${battery(1, '0x40')}${battery(2, '0x41')}${battery(3, '0x44')}${battery(4, '0x45')}  - id: bank
    type: can_pack
    name: ${name('Battery bank', 'Parc de batteries')}
    port: vcan0
  - id: fox
    type: foxbms
    name: foxBMS
    port: vcan1
    cells: 4
    sensors: 1
  - id: bat_05
    type: ina226
    name: ${name('24 V bank', 'Parc 24 V')}
    address: 0x42
    shunt_mv: 75
    shunt_amps: 100
  - id: panels
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
  - id: solar
    type: epever
    name: ${name('Solar charger', 'Régulateur solaire')}
    port: /dev/serial/by-id/simulated-epever
  - id: meter_1p
    type: sdm120
    name: ${name('Single-phase meter', 'Compteur monophasé')}
    port: /dev/serial/by-id/simulated-rs485
    baud_rate: 9600
    unit: 2
  - id: meter_3p
    type: sdm630
    name: ${name('Three-phase meter', 'Compteur triphasé')}
    port: /dev/serial/by-id/simulated-rs485
    unit: 3
  - id: boiler
    type: modbus
    name: ${name('Boiler', 'Chaudière')}
    port: /dev/serial/by-id/simulated-rs485
    unit: 5
    registers:
      - {key: temperature, name: ${name('Temperature', 'Température')}, kind: input, address: 0, type: i16, scale: 0.1, quantity: temperature, decimals: 1}
      - {key: too_cold, name: ${name('Water too cold', 'Eau trop froide')}, kind: discrete, address: 0, quantity: problem}
relays:
${relay(1, 5, name('Battery charger', 'Chargeur de batteries'))}${relay(2, 6, name('Water heater', 'Chauffe-eau'))}${relay(3, 13, name('Heating', 'Chauffage'))}${relay(4, 19, name('Ventilation', 'Ventilation'))}`;
}
