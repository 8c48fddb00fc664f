import { describe, expect, test } from 'vitest';
import { EMPTY_STATE } from '../src/store/batch.ts';
import { chargeHouse } from './charge-house.ts';

const AGM = ['chemistry: agm', 'nominal_v: 12', 'capacity_ah: 100', 'voltage: p.v', 'current: p.a', 'temperatures: [p.c]'];
const LFP = ['chemistry: lfp', 'nominal_v: 12.8', 'capacity_ah: 100', 'voltage: p.v', 'current: p.a'];
const HOUR = 3_600;
const DAY = 24 * HOUR;

describe('the stages of a charge', () => {
  test('lead: bulk, absorption until the tail current, then the charger goes off; each with its reason', async () => {
    const h = await chargeHouse({ lines: AGM });
    await h.feed(200, () => ({ v: 12.1, a: -5, c: 25 }));
    expect(h.shown).toMatchObject({ charge_stage: 'bulk', charge_stage_reason: 'volts-low' });
    await h.feed(HOUR, () => ({ v: 13.4, a: 15, c: 25 }));
    expect(h.shown.charge_stage).toBe('bulk');
    await h.feed(HOUR, () => ({ v: 14.4, a: 8, c: 25 }));
    expect(h.shown).toMatchObject({ charge_stage: 'absorption', absorption_time: 3_600 });
    await h.feed(700, () => ({ v: 14.4, a: 1.5, c: 25 }));
    expect(h.shown).toMatchObject({ charge_stage: 'full', charge_stage_reason: 'tail', charge_state: 'full_hold' });
    expect(h.charging()).toBe(false);
  });

  test('absorption ends after two hours at most, and a restart in its midst forgets none of it', async () => {
    const kept = { state: EMPTY_STATE };
    const h = await chargeHouse({ lines: AGM, kept });
    await h.feed(200, () => ({ v: 12.1, a: -5, c: 25 }));
    await h.feed(1.5 * HOUR, () => ({ v: 14.4, a: 8, c: 25 }));
    await h.stop();
    const again = await chargeHouse({ lines: AGM, kept, startMs: h.clock.wallMs() + 60_000 });
    await again.feed(0.4 * HOUR, () => ({ v: 14.4, a: 8, c: 25 }));
    expect(again.shown.charge_stage).toBe('absorption');
    await again.feed(0.25 * HOUR, () => ({ v: 14.4, a: 8, c: 25 }));
    expect([again.charging(), again.shown.charge_stage_reason]).toEqual([false, 'time']);
    // A day later it has been used: absorption begins anew.
    const late = await chargeHouse({ lines: AGM, kept, startMs: h.clock.wallMs() + 86_400_000 });
    await late.feed(HOUR, () => ({ v: 14.4, a: 8, c: 25 }));
    expect(late.charging()).toBe(true);
  });

  test('a voltage that is lost for a while does not lengthen the absorption', async () => {
    const h = await chargeHouse({ lines: AGM });
    await h.feed(200, () => ({ v: 12.1, a: -5, c: 25 }));
    let atFullS = 0;
    for (let i = 0; i < 40 && (i < 2 || h.shown.charge_stage !== 'full'); i += 1) {
      await h.feed(600, () => {
        if (h.charging()) atFullS += 10;
        return { v: 14.4, a: 8, c: 25 };
      });
      await h.feed(100, () => ({ c: 25 }));
    }
    expect(h.shown.charge_stage_reason).toBe('time');
    expect(atFullS).toBeLessThan(2.3 * HOUR);
  });

  test('warm lead is full at less: -3 mV per degree and cell, or what the file says', async () => {
    for (const [lines, full] of [
      [AGM, 14.04],
      [[...AGM, 'compensation_mv: -5'], 13.8],
    ] as const) {
      const h = await chargeHouse({ lines });
      await h.feed(200, () => ({ v: 11.9, a: -5, c: 45 }));
      await h.feed(700, () => ({ v: full - 0.15, a: 1, c: 45 }));
      expect(h.shown.charge_stage).toBe('bulk');
      await h.feed(700, () => ({ v: full, a: 1, c: 45 }));
      expect(h.shown.charge_stage).toBe('full');
    }
  });

  test('lithium has no float: at the tail current of 5 % the charger goes off, also in standby', async () => {
    for (const more of [[], ['charge_mode: standby']]) {
      const h = await chargeHouse({ lines: [...LFP, ...more] });
      await h.feed(200, () => ({ v: 12.7, a: -5 }));
      await h.feed(700, () => ({ v: 13.8, a: 6 }));
      expect(h.shown.charge_stage).toBe('absorption');
      await h.feed(700, () => ({ v: 13.8, a: 5 }));
      expect([h.charging(), h.shown.charge_stage, h.shown.charge_stage_reason]).toEqual([false, 'full', 'tail']);
    }
  });
});

describe('standby', () => {
  const STANDBY = [...AGM, 'charge_mode: standby'];
  const toFull = async (h: Awaited<ReturnType<typeof chargeHouse>>) => {
    await h.feed(200, () => ({ v: 12.1, a: -5, c: 25 }));
    await h.feed(720, () => ({ v: 14.4, a: 1, c: 25 }));
    expect(h.shown.charge_stage).toBe('float');
  };

  test('a charger with a float of its own stays on; a float that is not held for half an hour is bulk again', async () => {
    const h = await chargeHouse({ lines: STANDBY });
    await toFull(h);
    await h.feed(3 * DAY, () => ({ v: 13.8, a: 0.2, c: 25 }));
    expect([h.charging(), h.shown.charge_stage, h.changes.length]).toEqual([true, 'float', 1]);
    expect(h.reason()).toMatchObject({ code: 'automatic', detail: 'float (bat)' });
    await h.feed(1_500, () => ({ v: 12.9, a: -3, c: 25 }));
    expect(h.shown.charge_stage).toBe('float');
    await h.feed(400, () => ({ v: 12.9, a: -3, c: 25 }));
    expect(h.shown).toMatchObject({ charge_stage: 'bulk', charge_stage_reason: 'float-not-held' });
  });

  test('one that stays at 14.4 V goes off after half an hour, and comes back at three quarters', async () => {
    const h = await chargeHouse({ lines: STANDBY });
    await toFull(h);
    await h.feed(0.5 * HOUR, () => ({ v: 14.4, a: 0.5, c: 25 }));
    expect([h.charging(), h.shown.charge_stage, h.shown.charge_stage_reason]).toEqual([false, 'full', 'no-float']);
    await h.feed(DAY, () => ({ v: 12.7, a: -0.1, c: 25 }));
    expect(h.charging()).toBe(false);
    await h.feed(200, () => ({ v: 12.6, a: -0.1, c: 25 }));
    expect([h.charging(), h.shown.charge_stage_reason]).toEqual([true, 'volts-low']);
  });

  test('the float goes on after a restart, never after an over-voltage', async () => {
    const kept = { state: EMPTY_STATE };
    const h = await chargeHouse({ lines: STANDBY, kept });
    await toFull(h);
    await h.feed(HOUR, () => ({ v: 13.8, a: 0.2, c: 25 }));
    await h.stop();
    const again = await chargeHouse({ lines: STANDBY, kept });
    await again.feed(60, () => ({ v: 13.7, a: 0.2, c: 25 }));
    expect([again.charging(), again.shown.charge_stage]).toEqual([true, 'float']);
    await again.feed(60, () => ({ v: 15.1, a: 0.2, c: 25 }));
    await again.feed(120, () => ({ v: 13.7, a: 0.2, c: 25 }));
    expect([again.charging(), again.shown.charge_stage, again.shown.charge_stage_reason]).toEqual([false, 'full', 'over-voltage']);
  });
});

describe('storage', () => {
  test('lithium is kept between 50 and 60 %, switched from Home Assistant, and stays so through a restart', async () => {
    const kept = { state: EMPTY_STATE };
    const h = await chargeHouse({ lines: LFP, kept, stepS: 30 });
    await h.feed(600, () => ({ v: 14, a: 2 }));
    h.press('storage_mode');
    await h.feed(4.7 * HOUR, () => ({ v: 13.1, a: -10 }));
    expect([h.charging(), h.shown.charge_stage, h.shown.storage_mode]).toEqual([false, 'storage', true]);
    await h.feed(0.3 * HOUR, () => ({ v: 13.1, a: -10 }));
    expect([h.charging(), h.shown.charge_stage_reason]).toEqual([true, 'soc-low']);
    await h.feed(1.5 * HOUR, () => ({ v: 13.4, a: h.charging() ? 10 : 0 }));
    expect([h.charging(), h.shown.charge_stage, h.shown.charge_stage_reason]).toEqual([false, 'storage', 'soc']);
    expect(Math.round(Number(h.shown.state_of_charge))).toBe(60);
    await h.stop();
    const again = await chargeHouse({ lines: LFP, kept, stepS: 30 });
    await again.feed(600, () => ({ v: 13.1, a: 0 }));
    expect([again.shown.storage_mode, again.charging()]).toEqual([true, false]);
  });

  test('lithium without a state of charge: no full charge, the volts of 60 % end it', async () => {
    const h = await chargeHouse({ lines: ['chemistry: nmc', 'nominal_v: 11', 'voltage: p.v', 'charge_mode: storage'] });
    await h.feed(200, () => ({ v: 10.8 }));
    expect(h.charging()).toBe(true);
    await h.feed(700, () => ({ v: 3 * 3.89 }));
    expect([h.charging(), h.shown.charge_stage_reason]).toEqual([false, 'stored']);
  });

  test('lead is charged full once a week', async () => {
    const h = await chargeHouse({ lines: [...AGM, 'charge_mode: storage'], stepS: 60 });
    await h.feed(30 * DAY, () => (h.charging() ? { v: 14.4, a: 1, c: 25 } : { v: 12.75, a: 0, c: 25 }));
    const starts = h.changes.filter(({ on }) => on).map(({ atS }) => Math.round(atS / DAY));
    expect(starts).toEqual([7, 14, 21, 28]);
    expect(h.shown.charge_stage_reason).toBe('let-go');
  });
});

describe('a full charge now and then', () => {
  test('what is due is shown, made only where the file says so, and seen whoever charged', async () => {
    const lines = [...LFP, 'stop_soc: 80', 'restart_soc: 70', 'full_charge_days: 3'];
    const day = (h: Awaited<ReturnType<typeof chargeHouse>>) => h.feed(DAY, () => ({ v: 13.3, a: h.charging() ? 2 : 0 }));
    const shows = await chargeHouse({ lines, stepS: 60 });
    for (let i = 0; i < 4; i += 1) await day(shows);
    expect([shows.charging(), shows.shown.full_charge_due]).toEqual([false, true]);
    await shows.feed(700, () => ({ v: 13.9, a: 3 }));
    expect([shows.charging(), shows.shown.full_charge_due]).toEqual([false, false]);

    const makes = await chargeHouse({ lines: [...lines, 'force_full_charge: true'], stepS: 60 });
    for (let i = 0; i < 4; i += 1) await day(makes);
    expect([makes.charging(), makes.shown.charge_stage_reason]).toEqual([true, 'full-due']);
    await makes.feed(900, () => ({ v: 13.9, a: 3 }));
    expect([makes.charging(), makes.shown.full_charge_due, makes.shown.charge_stage_reason]).toEqual([false, false, 'tail']);
  });

  test('a lithium battery that is stored half full is not to have one', async () => {
    const lines = [...LFP, 'charge_mode: storage', 'full_charge_days: 1', 'force_full_charge: true', 'soc: p.soc'];
    const h = await chargeHouse({ lines, stepS: 60 });
    await h.feed(3 * DAY, () => ({ v: 13.1, a: 0, soc: 55 }));
    expect([h.charging(), h.shown.full_charge_due]).toEqual([false, false]);
    h.press('storage_mode', false);
    await h.feed(900, () => ({ v: 13.1, a: 0, soc: 55 }));
    expect([h.charging(), h.shown.charge_stage_reason, h.shown.storage_mode]).toEqual([true, 'full-due', false]);
  });

  test('asked for by a button: past stop_soc, to the tail current, once', async () => {
    const h = await chargeHouse({ lines: [...LFP, 'stop_soc: 80', 'soc: p.soc'] });
    await h.feed(300, () => ({ v: 13.3, a: 0, soc: 85 }));
    expect(h.charging()).toBe(false);
    h.press('charge_full');
    await h.feed(300, () => ({ v: 13.4, a: 20, soc: 90 }));
    expect([h.charging(), h.shown.charge_stage_reason]).toEqual([true, 'asked']);
    await h.feed(700, () => ({ v: 13.9, a: 3, soc: 99 }));
    expect(h.charging()).toBe(false);
    h.press('charge_full');
    await h.feed(900, () => ({ v: 13.5, a: 0, soc: 99 }));
    expect(h.changes.map(({ on }) => on)).toEqual([true, false]);
  });

  test('equalising is never ours: only a reminder, which its own charger ends', async () => {
    const lines = ['chemistry: lead-acid', 'voltage: p.v', 'equalise_days: 2', 'full_charge_days: 0'];
    const h = await chargeHouse({ lines, stepS: 60 });
    await h.feed(2.1 * DAY, () => ({ v: 12.9 }));
    expect([h.charging(), h.shown.equalise_due, 'full_charge_due' in h.shown]).toEqual([false, true, false]);
    await h.feed(0.6 * HOUR, () => ({ v: 14.85 }));
    expect(h.shown.equalise_due).toBe(false);
  });
});
