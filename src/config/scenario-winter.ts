/** The configuration of the all-electric house on 6 kVA, as a real file would be. */

/** YAML. */
export function winterYaml(language: 'en' | 'fr'): string {
  const name = (en: string, fr: string): string => (language === 'fr' ? fr : en);
  const relays: readonly (readonly [id: string, name: string, more: string])[] = [
    ['rs_01', name('Heater, living room', 'Radiateur du séjour'), ''],
    ['rs_02', name('Heater, bedrooms', 'Radiateurs des chambres'), ''],
    ['rs_03', name('Heater, bathroom', 'Radiateur de la salle de bain'), ''],
    ['rs_04', name('Water heater', 'Chauffe-eau'), ''],
    ['rs_05', name('Car', 'Voiture'), ', min_off_s: 300'],
  ];
  const rows = relays.map(([id, label, more], i) => `  - {id: ${id}, name: "${label}", line: ${5 + i}, active_low: true${more}}\n`);
  return `version: 1
language: ${language}
devices:
  - {id: linky, type: linky, name: Linky, port: /dev/serial/by-id/linky}
  - {id: heater_meter, type: sdm120, name: "${name('Water heater meter', 'Compteur du chauffe-eau')}", port: /dev/serial/by-id/rs485, unit: 2}
  - {id: car_meter, type: sdm120, name: "${name('Car meter', 'Compteur de la voiture')}", port: /dev/serial/by-id/rs485, unit: 3}
  - {id: living_room, type: ds18b20, name: "${name('Living room', 'Séjour')}", sensor: 28-0000000000a1}
  - {id: tank, type: ds18b20, name: "${name('Hot water tank', 'Ballon')}", sensor: 28-0000000000a2}
relays:
${rows.join('')}shedding:
  meter: linky
  loads:
    - {id: bathroom, name: "${name('Bathroom', 'Salle de bain')}", relay: rs_03, kind: heating, priority: 2, power: 1000}
    - {id: living, name: "${name('Living room', 'Séjour')}", relay: rs_01, kind: heating, priority: 3, power: 2000}
    - {id: bedrooms, name: "${name('Bedrooms', 'Chambres')}", relay: rs_02, kind: heating, priority: 3, power: 1500}
    - {id: water, name: "${name('Water heater', 'Chauffe-eau')}", relay: rs_04, kind: water_heater, priority: 5, power: 2400, meter: {device: heater_meter, entity: power}}
    - {id: car, name: "${name('Car', 'Voiture')}", relay: rs_05, kind: car, priority: 8, power: 3000, meter: {device: car_meter, entity: power}}
`;
}
