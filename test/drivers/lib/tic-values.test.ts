import { describe, expect, test } from 'vitest';
import { LINKY_ENTITIES } from '../../../src/drivers/lib/tic-entities.ts';
import { createTicDecoder, type TicMode } from '../../../src/drivers/lib/tic-frame.ts';
import { historicValues } from '../../../src/drivers/lib/tic-historic.ts';
import { HISTORIC_LABELS, STANDARD_LABELS } from '../../../src/drivers/lib/tic-labels.ts';
import { standardValues } from '../../../src/drivers/lib/tic-standard.ts';
import type { Value } from '../../../src/model.ts';
import { ticFrame, type WrittenGroup } from '../../../src/ports/sim/tic-writer.ts';

function values(mode: TicMode, bytes: Uint8Array, wallMs = 0): Record<string, Value> {
  const frame = createTicDecoder(mode).push(bytes).at(-1);
  if (frame === undefined) throw new Error('no frame');
  return mode === 'standard' ? standardValues(frame, wallMs) : historicValues(frame);
}
const built = (mode: TicMode, groups: readonly (readonly [string, string, string?])[]): Uint8Array =>
  ticFrame(
    mode,
    groups.map(([label, data, horodate]): WrittenGroup => ({ label, data, ...(horodate !== undefined && { horodate }) })),
  );

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

describe('the total of the historic mode', () => {
  const total = (optarif: string, ...indexes: string[]): unknown =>
    values(
      'historic',
      built('historic', [
        ['ADCO', '061234567890'],
        ['OPTARIF', optarif],
        ...indexes.map((label) => [label, '000001000'] as const),
        ['PTEC', 'TH..'],
      ]),
    ).energy_drawn;
  const TEMPO = ['BBRHCJB', 'BBRHPJB', 'BBRHCJW', 'BBRHPJW', 'BBRHCJR', 'BBRHPJR'];
  test.each<[string, readonly string[]]>([
    ['BASE', ['BASE']],
    ['HC..', ['HCHC', 'HCHP']],
    ['EJP.', ['EJPHN', 'EJPHPM']],
    ['BBR(', TEMPO],
  ])('%s: all its indexes or none at all', (option, labels) => {
    expect(total(option, ...labels)).toBe(1000 * labels.length);
    for (const lost of labels) expect(total(option, ...labels.filter((label) => label !== lost))).toBeUndefined();
  });
  test('an option unknown here is summed as it comes', () => expect(total('XYZ.', 'HCHC', 'HCHP')).toBe(2000));
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
  test('absurd phase powers without voltage and current to compare are unknown, plausible ones are shown', () => {
    const powers = (...watts: string[]) =>
      values('standard', built('standard', [['ADSC', '061234567890'], ...watts.map((w, i) => [`SINSTS${i + 1}`, w] as const)]));
    // The values of a real meter that misread its phases (reference: pitfall 8).
    expect(powers('48370', '17742', '41187')).toMatchObject({
      apparent_power_l1: null,
      apparent_power_l2: null,
      apparent_power_l3: null,
      phase_power_estimated: true,
    });
    expect(powers('00470', '00470', '00470')).toMatchObject({ apparent_power_l1: 470, phase_power_estimated: false });
  });
  test('a phase that exports shows nothing drawn and a current: that is no contradiction', () => {
    expect(
      values(
        'standard',
        built('standard', [
          ['ADSC', '061234567890'],
          ['IRMS1', '006'],
          ['URMS1', '235'],
          ['SINSTS1', '00000'],
        ]),
      ),
    ).toMatchObject({ apparent_power_l1: 0, phase_power_estimated: false });
  });
  test.each([
    ['140', [3, 4, 8]],
    ['001', [1]],
    ['000', []],
  ] as const)('RELAIS %s closes %j', (data, closed) => {
    const relays = values(
      'standard',
      built('standard', [
        ['ADSC', '061234567890'],
        ['RELAIS', data],
      ]),
    );
    expect([1, 2, 3, 4, 5, 6, 7, 8].filter((n) => relays[`relay_${n}`] === true)).toEqual(closed);
  });
  test('more than eight relays are refused', () => {
    expect(
      values(
        'standard',
        built('standard', [
          ['ADSC', '061234567890'],
          ['RELAIS', '256'],
        ]),
      ),
    ).toEqual({ meter_address: '061234567890' });
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

test('every label that is believed gives a value, and every value has its entity', () => {
  const block = ['00000001', ...Array.from({ length: 10 }, () => 'NONUTILE')].join(' ');
  const sample = (length: number, format: string): string =>
    format === 'profile' ? block : (format === 'text' ? 'A' : '1').repeat(length);
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
