/** What the batteries, and the contact or meter behind it, say of one relay. */
import { relaysIn } from './app-battery.ts';
import type { BatteryConfig, RelayConfig } from './config/types.ts';
import type { BatteryStep } from './control/battery.ts';
import type { Seen } from './control/feedback.ts';
import type { Inputs, RelayOutlook } from './control/relay-types.ts';
import type { Snapshot } from './control/snapshot.ts';

export interface Tied {
  readonly config: BatteryConfig;
  readonly step: BatteryStep | undefined;
  /** Why the last step failed: then nothing tied to this battery may run. */
  readonly failure: string | undefined;
}

/** All batteries tied to one relay: every interlock holds, a full battery beats one that wants more. */
export function merge(tied: readonly Tied[], relayId: string): Omit<RelayOutlook, 'shed' | 'seen'> {
  const interlocks: string[] = [];
  const wishes: { on: boolean; detail: string }[] = [];
  let unready: string | undefined;
  for (const battery of tied) {
    const { config, step } = battery;
    const { id } = config;
    for (const cause of interlocksOf(battery, relayId)) interlocks.push(`${cause} (${id})`);
    if (step === undefined) unready ??= id;
    else if (step.unready !== undefined) unready ??= `${step.unready} (${id})`;
    if (step?.wish !== undefined && config.chargeRelays.includes(relayId))
      wishes.push({ ...step.wish, detail: `${step.wish.detail} (${id})` });
  }
  return { interlocks, unready, automatic: wishes.find(({ on }) => !on) ?? wishes[0], inputs: () => inputsOf(tied) };
}

function inputsOf(tied: readonly Tied[]): Inputs {
  return Object.fromEntries(
    tied.flatMap(({ config: { id }, step }) => Object.entries(step?.inputs ?? {}).map(([name, value]) => [`${id}.${name}`, value])),
  );
}

function interlocksOf({ config, step, failure }: Tied, relayId: string): readonly string[] {
  const causes: string[] = failure === undefined ? [] : [failure];
  for (const { cause, scope } of step?.standing ?? []) if (relaysIn(config, scope).includes(relayId)) causes.push(cause);
  if (step?.state.reserve?.reached === true && config.dischargeRelays.includes(relayId)) causes.push('reserve');
  return causes;
}

/** What the contact or meter behind a relay shows; nothing when that is old. */
export function seenOf(config: RelayConfig | undefined, snapshot: Snapshot, nowMs: number): Seen | undefined {
  if (config?.feedback === undefined) return undefined;
  const reading = snapshot.read(config.feedback.deviceId, config.feedback.key, nowMs);
  if (reading === undefined || reading.quality === 'stale' || reading.quality === 'dead') return undefined;
  const { value, monotonicMs: atMs } = reading;
  if (typeof value === 'boolean') return { kind: 'contact', on: value, atMs };
  return { kind: 'power', on: typeof value === 'number' ? Math.abs(value) >= config.feedbackW : null, atMs };
}
