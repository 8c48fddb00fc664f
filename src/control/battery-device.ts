/** A guarded battery as people see it: what its charge does, what stands in the way, and the button that acknowledges. */
import type { Description, Language, Text, Value } from '../model.ts';
import type { AlarmLevel, BatteryStep } from './battery.ts';
import { describeStage } from './charge-stage.ts';
import { CHARGE_STATES, type ChargeWord } from './charge-state.ts';
import type { ChargeSetting } from './charge-types.ts';
import { DEFECTS } from './defect.ts';
import { detailInWords } from './relay-words.ts';
import type { ReserveSetting } from './reserve.ts';
import { describeReserve, reserveValues } from './reserve-device.ts';
import { describeThresholds, type Ranges } from './thresholds.ts';

const LEVELS = {
  none: { en: 'None', fr: 'Aucune' },
  warning: { en: 'Warning', fr: 'Avertissement' },
  'cut-off': { en: 'Charge cut', fr: 'Charge coupée' },
  critical: { en: 'Critical', fr: 'Critique' },
} as const satisfies Record<AlarmLevel, Text>;

export const ACKNOWLEDGE = 'acknowledge';

/** `ranges`: the limits that people may move; `charge`: undefined where only heat is guarded. */
export function describeBattery(ranges: Ranges, charge?: ChargeSetting, reserve?: ReserveSetting): Description {
  return {
    manufacturer: 'Boxénergie',
    model: 'Battery',
    periodMs: 10_000,
    entities: {
      charge_state: { name: { en: 'Charge state', fr: 'État de charge' }, quantity: 'enum', options: CHARGE_STATES },
      alarm: { name: { en: 'Alarm', fr: 'Alarme' }, quantity: 'enum', options: LEVELS },
      alarm_causes: { name: { en: 'causes', fr: 'causes' }, quantity: 'text', attributeOf: 'alarm' },
      alarm_causes_text: { name: { en: 'causes text', fr: 'causes en mots' }, quantity: 'text', attributeOf: 'alarm' },
      battery_defect: { name: { en: 'Battery probably defective', fr: 'Batterie probablement défectueuse' }, quantity: 'problem' },
      battery_defect_reason: {
        name: { en: 'reason', fr: 'raison' },
        ...{ quantity: 'enum', options: DEFECTS, attributeOf: 'battery_defect' },
      },
      interlock: { name: { en: 'Interlock', fr: 'Verrouillage' }, quantity: 'problem', diagnostic: true },
      interlock_latched: { name: { en: 'latched', fr: 'mémorisé' }, quantity: 'text', attributeOf: 'interlock' },
      charge_share: {
        name: { en: 'Advised charge current', fr: 'Courant de charge conseillé' },
        quantity: 'ratio',
        decimals: 0,
        whenSeen: true,
      },
      [ACKNOWLEDGE]: { name: { en: 'Acknowledge', fr: 'Acquitter' }, quantity: 'flag', command: 'button' },
      ...describeStage(charge),
      ...describeReserve(reserve),
      ...describeThresholds(ranges),
    },
  };
}

/** `latched`: the words of its latches. */
export function batteryValues(step: BatteryStep, word: ChargeWord, latched: readonly string[], language: Language): Record<string, Value> {
  const causes = step.standing.map(({ cause }) => cause);
  return {
    charge_state: word,
    alarm: step.level,
    battery_defect: step.state.defect.defect !== 'none',
    battery_defect_reason: step.state.defect.defect,
    ...reserveValues(step.state.reserve),
    alarm_causes: causes.join(', '),
    // Nothing to say is no attribute to show.
    alarm_causes_text: causes.map((cause) => detailInWords(cause, false, language, String)).join(', ') || null,
    interlock: step.standing.length > 0,
    interlock_latched: latched.join(', '),
    charge_share: step.chargeShare === undefined ? null : Math.round(step.chargeShare * 100),
  };
}
