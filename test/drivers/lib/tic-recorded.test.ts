/** Recorded meters as values: each capture's last complete frame. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createTicDecoder, type TicFrame, type TicMode } from '../../../src/drivers/lib/tic-frame.ts';
import { historicValues } from '../../../src/drivers/lib/tic-historic.ts';
import { standardValues } from '../../../src/drivers/lib/tic-standard.ts';
import type { Value } from '../../../src/model.ts';

function values(mode: TicMode, name: string, wallMs = 0): Record<string, Value> {
  const frames = createTicDecoder(mode).push(readFileSync(`test/fixtures/linky/${name}.tic`));
  const frame = frames.filter(({ complete }) => complete).at(-1);
  if (frame === undefined) throw new Error('no complete frame');
  return mode === 'standard' ? standardValues(frame, wallMs) : historicValues(frame);
}

describe('recorded meters', () => {
  test('historic, off-peak option', () => {
    expect(values('historic', 'historic-1p-hchp')).toEqual({
      meter_address: '061234567890',
      tariff_option: 'hc',
      subscribed_current: 15,
      hchc: 837_362,
      hchp: 2_035_822,
      energy_drawn: 2_873_184,
      tariff_period: 'peak',
      tariff_period_text: 'HP..',
      current_l1: 1,
      max_current: 2,
      apparent_power: 190,
      schedule_group: 'A',
      status_word: '000000',
      overload: false,
      overload_current: null,
    });
  });
  test('historic, three phases', () => {
    expect(values('historic', 'historic-3p-base')).toMatchObject({
      base: 16_878_541,
      energy_drawn: 16_878_541,
      tariff_period: 'all_hours',
      current_l1: 1,
      current_l2: 1,
      current_l3: 0,
      max_power_yesterday: 2910,
      phase_missing_l1: false,
      overload: false,
      overload_l1: false,
      overload_l3: false,
    });
  });
  test('standard, consumer', () => {
    expect(values('standard', 'standard-1p-consumer', Date.UTC(2023, 2, 1, 8, 18, 40))).toMatchObject({
      energy_drawn: 11_887_650,
      easf01: 11_887_650,
      index_mismatch: false,
      apparent_power: 245,
      current_l1: 1,
      voltage_l1: 232,
      subscribed_power: 4,
      cut_off_power: 4,
      tariff_period: 'all_hours',
      supplier_calendar: 'BASE',
      supplier_index: 1,
      clock_drift: 4,
      max_drawn_today: 1024,
      max_drawn_today_at: '2023-03-01T05:52:53.000Z',
      load_curve_drawn: 170,
      message: 'PAS DE MESSAGE',
      breaker: 'closed',
      exporting: false,
      overload: false,
      relay_1: false,
      profile_tomorrow: '00:00 index 1, contact open',
    });
  });
  test('standard, producer while exporting', () => {
    expect(values('standard', 'standard-1p-producer')).toMatchObject({
      energy_injected: 32_781,
      injected_power: 1253,
      apparent_power: 0,
      exporting: true,
      producer: true,
      tariff_period: 'none',
      erq3: 2546,
    });
  });
  test('standard, three-phase producer on Tempo', () => {
    expect(values('standard', 'standard-3p-producer-tempo')).toMatchObject({
      energy_drawn: 11_604_109,
      easf06: 738_351,
      tariff_period: 'peak_blue',
      tariff_period_text: 'HP BLEU',
      supplier_calendar: 'TEMPO',
      today_color: 'blue',
      tomorrow_color: 'none',
      voltage_l3: 242,
      apparent_power_l2: 565,
      phase_power_estimated: false,
      profile_tomorrow: '00:00 index 1, contact tempo; 06:00 index 2, contact tempo; 22:00 index 1, contact tempo',
    });
  });
  test('historic, Tempo', () => {
    expect(values('historic', 'historic-1p-tempo')).toMatchObject({
      tariff_option: 'tempo',
      tariff_period: 'peak_blue',
      tomorrow_color: 'blue',
      bbrhcjb: 1_478_389,
      bbrhpjr: 6010,
      energy_drawn: 2_870_046,
      overload: false,
    });
  });
  test('standard, three-phase consumer on Tempo during a mobile peak', () => {
    expect(values('standard', 'standard-3p-tempo-peak', Date.UTC(2020, 1, 14, 22, 8, 0))).toMatchObject({
      energy_drawn: 21_849_106,
      easf06: 706_363,
      index_mismatch: false,
      tariff_period: 'off_peak_white',
      today_color: 'white',
      tomorrow_color: 'blue',
      peak_running: 'peak_1',
      peak_notice: 'none',
      peak_1_start: '2020-02-14T05:00:00.000Z',
      peak_1_end: '2020-02-15T05:00:00.000Z',
      peak_2_start: null,
      apparent_power: 2700,
      apparent_power_l2: 1373,
      phase_power_estimated: false,
      max_drawn_yesterday_l2: 3366,
      max_drawn_yesterday_l2_at: '2020-02-13T09:11:42.000Z',
      dry_contact: true,
      relay_1: true,
      clock_drift: 4,
    });
  });
  test('standard, a frame cut in its middle with one index damaged: what is whole in it is shown, no index is', () => {
    const bytes = readFileSync('test/fixtures/linky/standard-3p-tempo-peak.tic');
    const frame = createTicDecoder('standard')
      .push(Buffer.concat([bytes, Buffer.from([2])]))
      .at(-1);
    expect(frame).toMatchObject({ complete: false, refused: ['checksum'] });
    const shown = standardValues(frame as TicFrame, 0);
    expect(shown).toMatchObject({ tariff_period: 'off_peak_white' });
    for (const key of ['energy_drawn', 'easf01', 'easd01']) expect(shown).not.toHaveProperty(key);
  });
});
