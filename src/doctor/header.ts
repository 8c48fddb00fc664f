/** Which GPIO chip is the header of the Raspberry Pi, and which chip and line a configured line is. */
import type { GpioChipSeen } from '../ports/look.ts';
import type { LineUse, Scene } from './types.ts';

/** Labels of the header's chip: the number of the device differs by kernel, the label does not (gpio-and-addon 1.1). */
export const HEADER_BOARDS: ReadonlyMap<string, string> = new Map([
  ['pinctrl-bcm2835', 'Raspberry Pi 3'],
  ['pinctrl-bcm2711', 'Raspberry Pi 4'],
  ['pinctrl-rp1', 'Raspberry Pi 5'],
]);

export type OpenChip = Extract<GpioChipSeen, { label: string }>;
export interface Header {
  readonly chips: readonly GpioChipSeen[];
  readonly header: OpenChip | undefined;
}
export interface Placed {
  readonly use: LineUse;
  /** The chip it is on; undefined when no such chip could be opened. */
  readonly chip: OpenChip | undefined;
  /** On the 40-pin header: the numbers are those of the pins' functions. */
  readonly onHeader: boolean;
  /** The same for two lines that are one. */
  readonly key: string;
}

/** Throws DeviceError when the character devices cannot be asked. */
export async function findHeader({ gpio }: Scene): Promise<Header> {
  const chips = await gpio.chips();
  return { chips, header: chips.filter(isOpen).find(({ label }) => HEADER_BOARDS.has(label)) };
}

/** Also `/dev/gpiochip4`, which Raspberry Pi OS links to the header of the Pi 5. */
export async function placeLines({ machine, house }: Scene, { chips, header }: Header): Promise<readonly Placed[]> {
  const open = chips.filter(isOpen);
  return Promise.all(
    house.lines.map(async (use) => {
      const path = use.chip.startsWith('/') ? ((await machine.real(use.chip)) ?? use.chip) : undefined;
      const chip = use.chip === 'auto' ? header : open.find((each) => each.label === use.chip || each.path === path);
      const onHeader = use.chip === 'auto' || HEADER_BOARDS.has(chip?.label ?? use.chip);
      return { use, chip, onHeader, key: `${onHeader ? 'header' : (chip?.path ?? use.chip)}:${use.line}` };
    }),
  );
}

export function isOpen(chip: GpioChipSeen): chip is OpenChip {
  return 'label' in chip;
}
