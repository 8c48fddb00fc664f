import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LINKY_ENTITIES } from '../../../src/drivers/lib/tic-entities.ts';
import { createTicDecoder, type TicMode } from '../../../src/drivers/lib/tic-frame.ts';
import { historicValues } from '../../../src/drivers/lib/tic-historic.ts';
import { HISTORIC_LABELS, STANDARD_LABELS } from '../../../src/drivers/lib/tic-labels.ts';
import { readProfile } from '../../../src/drivers/lib/tic-profile.ts';
import { standardValues } from '../../../src/drivers/lib/tic-standard.ts';
import { decodeStge } from '../../../src/drivers/lib/tic-stge.ts';
import { colorOfDemain, optionOfOptarif, periodOfLtarf, periodOfPtec } from '../../../src/drivers/lib/tic-tariff.ts';
import { parseHorodate } from '../../../src/drivers/lib/tic-time.ts';
import type { Value } from '../../../src/model.ts';
import { ticFrame, type WrittenGroup } from '../../../src/ports/sim/tic-writer.ts';

function values(mode: TicMode, bytes: Uint8Array, wallMs = 0): Record<string, Value> {
  const frame = createTicDecoder(mode).push(bytes).at(-1);
  if (frame === undefined) throw new Error('no frame');
  return mode === 'standard' ? standardValues(frame, wallMs) : historicValues(frame);
}
const recorded = (name: string): Buffer => readFileSync(`test/fixtures/linky/${name}.tic`);
const built = (mode: TicMode, groups: readonly (readonly [string, string, string?])[]): Uint8Array =>
  ticFrame(
    mode,
    groups.map(([label, data, horodate]): WrittenGroup => ({ label, data, ...(horodate !== undefined && { horodate }) })),
  );

describe('recorded meters', () => {
  test('historic, off-peak option', () => {
    expect(values('historic', recorded('historic-1p-hchp'))).toEqual({
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
    expect(values('historic', recorded('historic-3p-base'))).toMatchObject({
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
    expect(values('standard', recorded('standard-1p-consumer'), Date.UTC(2023, 2, 1, 8, 18, 40))).toMatchObject({
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
    expect(values('standard', recorded('standard-1p-producer'))).toMatchObject({
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
    expect(values('standard', recorded('standard-3p-producer-tempo'))).toMatchObject({
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
});

describe('what is there only while true', () => {
  const long = [
    ['ADCO', '061234567890'],
    ['OPTARIF', 'EJP.'],
    ['ISOUSC', '30'],
    ['EJPHN', '000001000'],
    ['EJPHPM', '000000500'],
    ['PTEC', 'HN..'],
  ] as const;
  test('ADPS seen means overload, absent in a complete long frame means none', () => {
    expect(values('historic', built('historic', [...long, ['ADPS', '032']]))).toMatchObject({ overload: true, overload_current: 32 });
    expect(values('historic', built('historic', [...long]))).toMatchObject({ overload: false, ejp_notice: false, energy_drawn: 1500 });
    expect(values('historic', built('historic', [...long, ['PEJP', '30']]))).toMatchObject({ ejp_notice: true, ejp_notice_minutes: 30 });
  });
  test('a short three-phase frame says what it says, and its gaps mean nothing', () => {
    const short = values(
      'historic',
      built('historic', [
        ['ADIR2', '031'],
        ['ADCO', '061234567890'],
        ['IINST1', '005'],
        ['IINST2', '031'],
        ['IINST3', '004'],
      ]),
    );
    expect(short).toEqual({
      meter_address: '061234567890',
      current_l1: 5,
      current_l2: 31,
      current_l3: 4,
      overload: true,
      overload_l2: true,
      overload_current_l2: 31,
    });
  });
  test('a damaged frame gives its good groups, but no index and no absence', () => {
    const bytes = Buffer.from(built('historic', [...long, ['PAPP', '01200']]));
    bytes[bytes.indexOf('EJPHPM') + 8] = 0x39;
    expect(values('historic', bytes)).toEqual({
      meter_address: '061234567890',
      tariff_option: 'ejp',
      subscribed_current: 30,
      tariff_period: 'normal',
      tariff_period_text: 'HN..',
      apparent_power: 1200,
    });
  });
});

describe('guards of the standard mode', () => {
  const frame = (east: string, f1: string): Uint8Array =>
    built('standard', [
      ['ADSC', '061234567890'],
      ['EAST', east],
      ['EASF01', f1],
      ...['02', '03', '04', '05', '06', '07', '08', '09', '10'].map((n) => [`EASF${n}`, '000000000'] as const),
      ['EASD01', east],
      ['EASD02', '000000000'],
      ['EASD03', '000000000'],
      ['EASD04', '000000000'],
    ]);
  test('indexes whose sums disagree are withheld and said', () => {
    expect(values('standard', frame('000005000', '000005000'))).toMatchObject({ energy_drawn: 5000, easf01: 5000, index_mismatch: false });
    expect(values('standard', frame('000005002', '000005000'))).toMatchObject({ energy_drawn: 5002 });
    const wrong = values('standard', frame('000905000', '000005000'));
    expect(wrong.index_mismatch).toBe(true);
    expect(Object.keys(wrong)).not.toContain('energy_drawn');
  });
  test('absurd phase powers with right checksums are replaced by voltage times current, and said', () => {
    const groups = [
      ['ADSC', '061234567890'],
      ['IRMS1', '002'],
      ['URMS1', '235'],
      ['SINSTS', '01407'],
      ['SINSTS1', '48370'],
    ] as const;
    expect(values('standard', built('standard', [...groups]))).toMatchObject({ apparent_power_l1: 470, phase_power_estimated: true });
  });
  test('mobile peaks come and go', () => {
    const peak = built('standard', [
      ['ADSC', '061234567890'],
      ['DATE', '', 'H260115120000'],
      ['DPM1', '00', ' 260116070000'],
      ['FPM1', '00', ' 260117010000'],
    ]);
    expect(values('standard', peak)).toMatchObject({
      peak_1_start: '2026-01-16T06:00:00.000Z',
      peak_1_end: '2026-01-17T00:00:00.000Z',
      peak_2_start: null,
    });
  });
});

describe('registers and texts', () => {
  // Vectors: reference of the status register, hekmon/linkytic tests (recorded registers).
  test.each([
    [
      '013A0501',
      {
        producer: true,
        stge_supplier_index: 2,
        tic_standard: true,
        euridis: 'on_secured',
        plc_state: 'new_locked',
        today_color: 'blue',
        dry_contact: false,
        exporting: false,
      },
    ],
    ['002A0301', { producer: true, exporting: true, dry_contact: false }],
    ['003A8000', { dry_contact: true, distributor_index: 3 }],
    ['00000080', { overload: true }],
    ['0000000E', { breaker: null }],
    ['00100000', { euridis: null }],
    ['00600000', { plc_state: null }],
    ['00010000', { clock_degraded: true }],
    ['50000000', { peak_notice: 'peak_1', peak_running: 'peak_1' }],
    ['FFFFFFFF', { overload: true, tomorrow_color: 'red', peak_running: 'peak_3' }],
  ])('STGE %s', (hex, expected) => expect(decodeStge(hex)).toMatchObject(expected));

  test.each([
    ['0256C001', '02:56 index 1, contact closed'],
    ['22004001', '22:00 index 1, contact tempo'],
    ['06000012', '06:00 index 2, virtual 1'],
    ['00000000', '00:00 no change'],
  ])('profile %s', (block, text) => expect(readProfile(`${block} NONUTILE`)).toBe(text));
  test('a text that is no profile is unknown', () => expect(readProfile('hello')).toBeNull());

  test.each([
    ['H081225223518', '2008-12-25T21:35:18.000Z'],
    ['E180716103423', '2018-07-16T08:34:23.000Z'],
    ['h081225223518', '2008-12-25T21:35:18.000Z'],
  ])('horodate %s', (text, iso) => expect(new Date(parseHorodate(text)?.ms ?? 0).toISOString()).toBe(iso));
  test.each([' 081225223518', 'H081325223518', 'H080230000000', 'H081225250000'])('horodate %s is unknown', (text) =>
    expect(parseHorodate(text)).toBeNull(),
  );
  test('a lower-case season is a degraded clock', () => expect(parseHorodate('e180716103423')?.degraded).toBe(true));

  test.each([
    ['TH..', 'all_hours'],
    ['HCJB', 'off_peak_blue'],
    ['PM..', 'mobile_peak'],
    ['ZZZZ', 'other'],
  ])('PTEC %s', (data, key) => expect(periodOfPtec(data)).toBe(key));
  test.each([
    ['  HEURE  CREUSE  ', 'off_peak'],
    ['HEURES PLEINES', 'peak'],
    ['    HP  BLEU    ', 'peak_blue'],
    ['HC WEEK END', 'off_peak_weekend'],
    ['HEURE POINTE', 'mobile_peak'],
    ['SUPPLIER WORDS', 'other'],
  ])('LTARF %s', (data, key) => expect(periodOfLtarf(data)).toBe(key));
  test('OPTARIF and DEMAIN', () => {
    expect(['BASE', 'HC..', 'EJP.', 'BBR(', 'XXXX'].map(optionOfOptarif)).toEqual(['base', 'hc', 'ejp', 'tempo', 'other']);
    expect(['----', 'BLEU', 'BLAN', 'ROUG'].map(colorOfDemain)).toEqual([null, 'blue', 'white', 'red']);
  });
});

test('every label that is believed gives a value, and every value has its entity', () => {
  const sample = (length: number, format: string): string => (format === 'text' ? 'A' : '1').repeat(length);
  for (const [mode, labels] of [
    ['historic', HISTORIC_LABELS],
    ['standard', STANDARD_LABELS],
  ] as const) {
    for (const [label, spec] of labels) {
      const first = mode === 'standard' ? (['ADSC', '061234567890'] as const) : (['ADCO', '061234567890'] as const);
      const rest =
        mode === 'standard'
          ? []
          : ([
              ['OPTARIF', 'HC..'],
              ['PTEC', 'HC..'],
            ] as const);
      const group = [label, sample(spec.length, spec.format), ...(spec.stamped ? ['H260115120000'] : [])] as unknown as readonly [
        string,
        string,
        string?,
      ];
      const with_ = values(
        mode,
        built(
          mode,
          [first, ...rest, ...(/^E[AR]/.test(label) ? [['EAST', '111111111'] as const] : []), group].filter(
            (g, i, all) => all.findIndex((h) => h[0] === g[0]) === i,
          ) as never,
        ),
      );
      const bare = [first, ...rest].filter(([l]) => l !== label);
      const without = bare.length === 0 ? {} : values(mode, built(mode, bare));
      expect(JSON.stringify(with_), `${label} says nothing`).not.toBe(JSON.stringify(without));
      for (const key of Object.keys(with_)) expect(LINKY_ENTITIES, `${label}: ${key}`).toHaveProperty(key);
    }
  }
});
