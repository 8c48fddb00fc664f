/** The file a newcomer finds: valid as it is, every example one # away. */

const SCHEMA_URL = 'https://raw.githubusercontent.com/boxenergie/boxenergie/main/addon/boxenergie.schema.json';

/** Commented in both languages; nothing is switched on by itself. */
export function seedYaml(): string {
  return `# yaml-language-server: $schema=${SCHEMA_URL}
#
# Boxénergie: your house. Take the # away in front of what you have, save, restart the app.
# Boxénergie : votre maison. Ôtez le # devant ce que vous avez, enregistrez, redémarrez l'application.
# A mistake is never fatal: the last good version goes on running and Home Assistant shows what to mend.
# Une erreur n'est jamais fatale : la dernière bonne version continue et Home Assistant montre quoi corriger.

version: 1
language: en            # en | fr

# What is read / Ce qui est lu
devices: []
#devices:
#  # Linky meter, TIC output / Compteur Linky, sortie TIC
#  - id: linky
#    type: linky
#    name: Linky
#    port: /dev/serial/by-id/usb-FTDI_FT230X_Basic_UART_XXXXXXXX-if00-port0
#
#  # Battery, INA219 monitor on I2C / Batterie, moniteur INA219 en I2C
#  - id: bat_01
#    type: ina219
#    name: Battery 1
#    address: 0x40
#    shunt_ohms: 0.1       # or shunt_mv: 75 and shunt_amps: 50 / ou shunt_mv: 75 et shunt_amps: 50
#    max_amps: 3.2
#
#  # Pulse meter on a GPIO line / Compteur à impulsions sur une ligne GPIO
#  - id: water
#    type: pulse
#    name: Water
#    line: 17
#    medium: water         # electricity | water | gas
#    litres_per_pulse: 1   # electricity: imp_per_kwh: 1000

# What is switched / Ce qui est commandé
# DANGER: mains wiring is for a qualified electrician. / DANGER : le câblage du secteur est réservé à un électricien qualifié.
relays: []
#relays:
#  - id: rs_01
#    name: Charger
#    line: 5
#    active_low: true      # most relay boards / la plupart des cartes relais
#    safe: off             # state when in doubt / état en cas de doute
#    lease_s: 900          # a request not renewed ends / une demande non renouvelée prend fin

# What is guarded and charged / Ce qui est surveillé et chargé
batteries: []
#batteries:
#  - id: house_battery
#    name: House battery
#    chemistry: agm        # lead-acid | agm | gel | lfp | nmc | unknown
#    nominal_v: 12
#    voltage: bat_01.bus_voltage
#    current: bat_01.current
#    charge_relays: [rs_01]
# Alarms by mail; the account stands in the options of the app / Alarmes par courriel ; le compte est dans les options de l'application
#mail:
#  host: smtp.example.org
#  port: 587
#  security: starttls      # tls with port 465 / tls avec le port 465
#  from: house@example.org
#  to: [me@example.org]

# A buzzer for critical alarms / Un buzzer pour les alarmes critiques
#buzzer:
#  line: 22
#  quiet_from: "22:00"     # critical overheating excepted / hors surchauffe critique
#  quiet_to: "07:00"
`;
}
