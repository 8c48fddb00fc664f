/** Chooses how this machine's GPIO is reached: the character device where it works, sysfs where only that does. */
import { DeviceError } from '../model.ts';
import { cdevGpio } from './gpio-cdev.ts';
import { loadGpioKernel } from './gpio-kernel.ts';
import { loadSysfsGpio } from './gpio-sysfs.ts';
import type { Gpio, GpioProbe } from './types.ts';

export type GpioBackend = 'auto' | 'cdev' | 'sysfs';
export interface GpioLoaders {
  cdev(): Promise<Gpio>;
  sysfs(): Promise<Gpio>;
}
const LOADERS: GpioLoaders = { cdev: async () => cdevGpio({ kernel: await loadGpioKernel() }), sysfs: () => loadSysfsGpio() };
const MEND = 'On Home Assistant OS the app needs gpio: true; on another machine name the chip, or leave relays and pulse meters out';

/** GPIO whose backend is chosen at the first use of a chip, once; a failed choice is made again at the next use. */
export function kernelGpio(backend: GpioBackend, loaders = LOADERS): Gpio {
  const chosen = new Map<string, Promise<Gpio>>();
  const gpio = (chip: string): Promise<Gpio> => {
    const choice = chosen.get(chip) ?? choose(backend, chip, loaders);
    chosen.set(chip, choice);
    choice.catch(() => chosen.delete(chip));
    return choice;
  };
  return {
    async probe() {
      try {
        const probe = await (await gpio('auto')).probe();
        return probe.usable ? probe : { ...probe, detail: `${probe.detail}. ${MEND}` };
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        return { kind: backend === 'sysfs' ? 'sysfs' : 'cdev', usable: false, detail: `${detail}. ${MEND}` };
      }
    },
    openInput: async (options) => (await gpio(options.chip)).openInput(options),
    openOutput: async (options) => (await gpio(options.chip)).openOutput(options),
  };
}

/** A chip that the user names says nothing about the header, so only `auto` is probed. */
async function choose(backend: GpioBackend, chip: string, loaders: GpioLoaders): Promise<Gpio> {
  if (backend !== 'auto') return loaders[backend]();
  const reasons: string[] = [];
  for (const load of [loaders.cdev, loaders.sysfs]) {
    try {
      const gpio = await load();
      if (chip !== 'auto') return gpio;
      const probe: GpioProbe = await gpio.probe();
      if (probe.usable) return gpio;
      reasons.push(`${probe.kind}: ${probe.detail}`);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new DeviceError(`no usable GPIO (${reasons.join('; ')})`, { mend: MEND });
}
