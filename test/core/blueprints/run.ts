/** Runs scripted days in a real Core and compares every command and message with what the script says. */
import { expect } from 'vitest';
import { pause } from '../waiting.ts';
import type { Kit, Push } from './kit.ts';
import type { Scenario, Step } from './script.ts';

export interface Stage {
  /** Roles of a script to entities of this Core. */
  readonly cast: Readonly<Record<string, string>>;
  /** What follows from the values and the relays, between two decisions. */
  readonly world?: (values: ReadonlyMap<string, string | number>) => Promise<Readonly<Record<string, string | number>>>;
  /** Decisions until it is calm. */
  readonly rounds?: number;
}

/** The relays begin off. Rejects with the first difference. */
export async function play(kit: Kit, { name, steps }: Scenario, stage: Stage): Promise<void> {
  const relays = new Map<string, string>();
  const values = new Map<string, string | number>();
  let newest: Push | undefined;
  for (const role of Object.keys(stage.cast)) if (entity(stage, role).startsWith('input_boolean.')) relays.set(role, 'off');
  for (const role of relays.keys()) await kit.set({ [entity(stage, role)]: 'off' });
  for (const [role, said] of Object.entries(steps[0]?.values ?? {})) values.set(role, said);
  await kit.heard();
  for (const step of steps) {
    await kit.quietMinute();
    if (step.wait !== undefined) await pause(step.wait * 1000);
    for (const [role, how] of Object.entries(step.people ?? {})) {
      await kit.set({ [entity(stage, role)]: how });
      relays.set(role, how);
    }
    for (const [role, said] of Object.entries(step.values ?? {})) values.set(role, said);
    if (stage.world === undefined)
      for (const [role, said] of Object.entries(step.values ?? {})) await kit.set({ [entity(stage, role)]: said });
    if (step.answer !== undefined) await kit.fire('mobile_app_notification_action', { action: keyOf(newest, step.answer) });
    const calls = new Set<string>();
    const told = new Set<string>();
    for (let round = 0; round < (stage.rounds ?? 1); round += 1) {
      if (stage.world !== undefined) await kit.set(await stage.world(values));
      await kit.fire('boxenergie_check', step.renew === true ? { renew: true } : {});
      const heard = await kit.heard();
      for (const call of heard.calls) calls.add(withRole(call, stage));
      for (const { title = '' } of heard.pushes) told.add(title);
      newest = heard.pushes.findLast(({ data }) => data?.actions !== undefined) ?? newest;
    }
    const found = { calls: [...calls].sort(), told: [...told] };
    expect(found, `${name}: ${step.say}`).toEqual({ calls: expectedCalls(step, relays), told: step.told ?? [] });
    for (const [role, how] of Object.entries(step.after ?? {})) relays.set(role, how);
  }
}

function expectedCalls({ calls, after = {} }: Step, relays: ReadonlyMap<string, string>): readonly string[] {
  if (calls !== undefined) return calls;
  const changed = Object.entries(after).filter(([role, how]) => relays.get(role) !== how);
  return changed.map(([role, how]) => `turn_${how} ${role}`).sort();
}

function withRole(call: string, { cast }: Stage): string {
  const [service = '', id = ''] = call.split(' ');
  return `${service} ${Object.keys(cast).find((role) => cast[role] === id) ?? id}`;
}

function keyOf(push: Push | undefined, button: string): string {
  const found = push?.data?.actions?.find(({ action }) => action.includes(button))?.action;
  if (found === undefined) throw new Error(`no button ${button} in ${JSON.stringify(push)}`);
  return found;
}

function entity({ cast }: Stage, role: string): string {
  const found = cast[role];
  if (found === undefined) throw new Error(`nobody plays ${role}`);
  return found;
}
