/** Options that serial devices share, so that they are named and explained alike. */

/** The path of a serial port. */
export const PORT = {
  type: 'string',
  pattern: '^/',
  minLength: 2,
  maxLength: 256,
  description: 'Serial port, by its lasting name in /dev/serial/by-id',
  fr: 'Port série, par son nom durable dans /dev/serial/by-id',
} as const;

/** Speeds in use on battery buses. */
export const baudRate = (usual: number) =>
  ({
    type: 'integer',
    enum: [1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200],
    default: usual,
    description: 'Speed of the serial line in baud',
    fr: 'Vitesse de la liaison série en bauds',
  }) as const;

/** Pause between two readings. */
export const period = (usual: number) =>
  ({
    type: 'number',
    minimum: 0.5,
    maximum: 3600,
    default: usual,
    description: 'Pause between two readings in s',
    fr: 'Pause entre deux lectures en s',
  }) as const;

/** Which of several batteries on one line; devices of one port differ by it. */
export const unit = (first: number, last: number, usual = first) =>
  ({
    type: 'integer',
    minimum: first,
    maximum: last,
    default: usual,
    description: 'Address of the battery on its line; several may share one port',
    fr: 'Adresse de la batterie sur sa liaison ; plusieurs peuvent partager un port',
  }) as const;
