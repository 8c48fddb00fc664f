/** What the kernel of a small Raspberry Pi shows of itself: moderately busy, never in trouble by itself. */
import type { Clock } from '../types.ts';

export interface HostInputs {
  readonly celsius: () => number;
  /** Share of the processor time at work, 0 to 1. */
  readonly busy: number;
  readonly lowSupply: () => boolean;
}

/** Files by path; the ticks of four processors grow with the clock. */
export function simulatedHost({ celsius, busy, lowSupply }: HostInputs, clock: Clock): ReadonlyMap<string, () => string> {
  const stat = (): string => {
    const ticks = (4 * clock.monotonicMs()) / 10;
    const worked = Math.round(ticks * busy);
    return `cpu  ${2164 + worked} 1 2011 ${286_493 + Math.round(ticks) - worked} 3370 0 98 0 0 0\ncpu0 635 1 602 71192 846 0 67 0 0 0\n`;
  };
  return new Map<string, () => string>([
    ['/proc/stat', stat],
    ['/proc/meminfo', () => 'MemTotal:        1882064 kB\nMemFree:         1376380 kB\nMemAvailable:    1535676 kB\n'],
    ['/proc/uptime', () => `${(735.47 + clock.monotonicMs() / 1000).toFixed(2)} 2388.90\n`],
    ['/sys/class/thermal/thermal_zone0/type', () => 'cpu-thermal\n'],
    ['/sys/class/thermal/thermal_zone0/temp', () => `${Math.round(celsius() * 1000)}\n`],
    ['/sys/class/hwmon/hwmon0/name', () => 'cpu_thermal\n'],
    ['/sys/class/hwmon/hwmon1/name', () => 'rpi_volt\n'],
    ['/sys/class/hwmon/hwmon1/in0_lcrit_alarm', () => (lowSupply() ? '1\n' : '0\n')],
  ]);
}
