/** What likely sits at an I2C address: by its id register where it has one, else by what it holds after power-on. Reads only. */
import type { I2cLookBus } from '../ports/look.ts';

/** Manufacturer id of Texas Instruments, and the dies behind it (INA226 SBOS547, INA228 SBOSA20, INA3221 SBOS576). */
const TEXAS = 0x5449;
const DIES: ReadonlyMap<number, string> = new Map([
  [0x226, 'INA226'],
  [0x228, 'INA228'],
  [0x237, 'INA237'],
  [0x238, 'INA238'],
  [0x322, 'INA3221'],
]);
/** Where the two families keep manufacturer and die. */
const ID_REGISTERS = [
  [0xfe, 0xff],
  [0x3e, 0x3f],
] as const;
const INA219_RESET = 0x399f;
/** As this program sets an INA219 up, whatever its gain (bits 11 and 12). */
const INA219_OURS = 0x27ff;
const GAIN_BITS = 0x1800;

/** Chips of fixed places that are often met: named by address alone, hence "perhaps". */
const BY_ADDRESS: readonly (readonly [from: number, to: number, name: string])[] = [
  [0x20, 0x27, 'PCF8574 / MCP23017'],
  [0x38, 0x3f, 'PCF8574A / SSD1306'],
  [0x50, 0x57, 'EEPROM'],
  [0x68, 0x68, 'DS3231'],
  [0x76, 0x77, 'BME280'],
];

export interface Likely {
  readonly name: string;
  /** It said so itself. */
  readonly certain: boolean;
}

/**
 * `expectsIna`: the file says that an INA sits there. A register is only asked for where the address and the answers before it
 * fit: for other chips the register's number could be a command.
 */
export async function identify(bus: I2cLookBus, address: number, expectsIna: boolean): Promise<Likely | undefined> {
  if (address < 0x40 || address > 0x4f) return byAddress(address);
  const first = await bus.word(address, 0);
  if (first === undefined) return undefined;
  if (address >= 0x48) {
    const thresholds = [await bus.word(address, 2), await bus.word(address, 3)];
    // ADS1115 (SBAS444) and LM75 (SNOS808): their limits after power-on.
    if (thresholds[0] === 0x8000 && thresholds[1] === 0x7fff) return { name: 'ADS1115', certain: false };
    if (thresholds[0] === 0x4b00 && thresholds[1] === 0x5000) return { name: 'LM75', certain: false };
  }
  const likes219 = first === INA219_RESET || (first & ~GAIN_BITS) === INA219_OURS;
  // Bit 15 resets these chips and always reads 0; from 0x48 on converters live too, which are not asked blindly.
  const mayAsk = (first & 0x8000) === 0 && (address < 0x48 || expectsIna || likes219 || (first & 0x7000) === 0x4000);
  const said = mayAsk ? await byId(bus, address) : undefined;
  return said ?? (likes219 ? { name: 'INA219', certain: false } : undefined);
}

async function byId(bus: I2cLookBus, address: number): Promise<Likely | undefined> {
  for (const [manufacturer, die] of ID_REGISTERS) {
    if ((await bus.word(address, manufacturer)) !== TEXAS) continue;
    const name = DIES.get(((await bus.word(address, die)) ?? 0) >> 4);
    return { name: name ?? 'Texas Instruments', certain: name !== undefined };
  }
  return undefined;
}

function byAddress(address: number): Likely | undefined {
  const name = BY_ADDRESS.find(([from, to]) => address >= from && address <= to)?.[2];
  return name === undefined ? undefined : { name, certain: false };
}
