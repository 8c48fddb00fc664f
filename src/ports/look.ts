/** Looking at hardware without touching it: nothing is requested, driven, set or written. For the self-diagnosis. */

export type GpioChipSeen =
  | { readonly path: string; readonly label: string; readonly lines: number }
  /** The kernel's code: EACCES, EPERM, … */
  | { readonly path: string; readonly refused: string };
export interface GpioLineSeen {
  readonly name: string;
  /** Who holds it, as that program or driver calls itself; '' when the kernel does not say. */
  readonly consumer: string;
  readonly used: boolean;
  readonly output: boolean;
}
export interface GpioLook {
  /** Every GPIO character device of this machine. Throws DeviceError when none could be asked at all. */
  chips(): Promise<readonly GpioChipSeen[]>;
  /** Throws the kernel's error when the chip or the line is not there. */
  line(path: string, line: number): Promise<GpioLineSeen>;
}

export interface I2cLookBus extends AsyncDisposable {
  /** One byte is read. `kernel`: a driver of the kernel holds the address. Throws DeviceError when the bus itself fails. */
  answers(address: number): Promise<'yes' | 'no' | 'kernel'>;
  /** A 16-bit register, high byte first; undefined when the chip does not answer. */
  word(address: number, register: number): Promise<number | undefined>;
}
export interface I2cLook {
  /** Throws DeviceError (absent, refused). */
  open(bus: number): Promise<I2cLookBus>;
}
