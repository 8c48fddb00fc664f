/** The other functions of the header's pins, and whether each is on, as far as the machine says. */
import type { Text } from '../model.ts';
import { say } from './say.ts';
import type { HouseSeen, Machine, Scene } from './types.ts';

/** `maybe`: its port exists, but could be on other pins. */
export type FunctionState = 'on' | 'maybe' | 'off';
export interface PinFunction {
  readonly name: Text;
  readonly lines: readonly number[];
  readonly state: FunctionState;
  readonly mend: Text;
}

const HEADER_PORTS = ['/dev/ttyAMA0', '/dev/ttyS0', '/dev/serial0'];
/** The default pin of the w1-gpio overlay. */
const ONE_WIRE_LINE = 4;

/** `headerPath`: the header's character device, to ask who holds the 1-Wire line. */
export async function pinFunctions({ machine, house, gpio }: Scene, headerPath: string | undefined): Promise<readonly PinFunction[]> {
  const elsewhere = say('Use another line', 'Prenez une autre ligne');
  const orOff = (en: string, fr: string): Text =>
    say(`Use another line, or remove ${en} from config.txt`, `Prenez une autre ligne, ou retirez ${fr} de config.txt`);
  const held = headerPath === undefined ? undefined : await gpio.line(headerPath, ONE_WIRE_LINE).catch(() => undefined);
  return [
    {
      name: say('the memory of a HAT (I2C0)', "la mémoire d'une carte HAT (I2C0)"),
      lines: [0, 1],
      state: await listed(machine, 'i2c/devices', /^i2c-0$/),
      mend: elsewhere,
    },
    {
      name: say('I2C', "l'I2C"),
      lines: [2, 3],
      state: await listed(machine, 'i2c/devices', /^i2c-1$/),
      mend: orOff('dtparam=i2c_arm=on', 'dtparam=i2c_arm=on'),
    },
    {
      name: say('1-Wire', 'le 1-Wire'),
      lines: [ONE_WIRE_LINE],
      // With gpiopin= the overlay takes another line, and this one is free.
      state: held?.used === false ? 'off' : await listed(machine, 'w1/devices', /^w1_bus_master/),
      mend: orOff('dtoverlay=w1-gpio', 'dtoverlay=w1-gpio'),
    },
    {
      name: say('SPI', 'le SPI'),
      lines: [7, 8, 9, 10, 11],
      state: await listed(machine, 'spi/devices', /^spi0\./),
      mend: orOff('dtparam=spi=on', 'dtparam=spi=on'),
    },
    {
      name: say('the serial port', 'le port série'),
      lines: [14, 15],
      state: await uart(machine, house),
      mend: orOff('enable_uart=1', 'enable_uart=1'),
    },
  ];
}

async function listed(machine: Machine, under: string, name: RegExp): Promise<FunctionState> {
  const names = await machine.names(`/sys/bus/${under}`);
  if (names !== undefined) return names.some((each) => name.test(each)) ? 'on' : 'off';
  return (await machine.exists('/sys/bus')) ? 'off' : 'maybe';
}

/** A port of the header may also belong to Bluetooth or to the debug connector: only who uses it makes it certain. */
async function uart(machine: Machine, house: HouseSeen): Promise<FunctionState> {
  const console = /\bconsole=(serial0|ttyAMA0|ttyS0)\b/.test((await machine.text('/proc/cmdline')) ?? '');
  if (console || house.ports.some(({ path }) => HEADER_PORTS.includes(path))) return 'on';
  const present = await Promise.all(HEADER_PORTS.slice(0, 2).map((path) => machine.exists(path)));
  return present.includes(true) ? 'maybe' : 'off';
}
