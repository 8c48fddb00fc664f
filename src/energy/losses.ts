/** What a current does to the charge that can still be drawn. Pure. */
import type { SocSetting } from './soc-setting.ts';

/** A, positive in: Peukert's law above the twenty-hour current, efficiency on the way in (reference: batteries 7.1). */
export function effectiveA(amps: number, { facts, capacityAh }: Pick<SocSetting, 'facts' | 'capacityAh'>): number {
  if (amps >= 0) return amps * facts.efficiency;
  const twentyHourA = capacityAh / 20;
  return -amps <= twentyHourA ? amps : amps * (-amps / twentyHourA) ** (facts.peukert - 1);
}
