/** A standard frame as values. Indexes only from complete frames whose sums agree. Source: NOI-CPT_54E 6.2. */
import type { Value } from '../../model.ts';
import type { TicFrame } from './tic-frame.ts';
import type { TicGroup } from './tic-group.ts';
import { DISTRIBUTOR_INDEXES, REACTIVE_INDEXES, SUPPLIER_INDEXES } from './tic-labels.ts';
import { readProfile } from './tic-profile.ts';
import { decodeStge } from './tic-stge.ts';
import { collapse, periodOfLtarf } from './tic-tariff.ts';
import { parseHorodate, parseUnseasoned } from './tic-time.ts';

type Write = (group: TicGroup) => Record<string, Value>;
const number =
  (key: string): Write =>
  ({ data }) => ({ [key]: Number(data) });
const words =
  (key: string): Write =>
  ({ data }) => ({ [key]: collapse(data) });
const stamped =
  (key: string): Write =>
  ({ data, horodate }) => ({ [key]: Number(data), [`${key}_at`]: iso(parseHorodate(horodate)?.ms) });
const profile =
  (key: string): Write =>
  ({ data }) => ({ [key]: readProfile(data), [`${key}_raw`]: data });

const LABELS: Readonly<Record<string, Write>> = {
  ADSC: ({ data }) => ({ meter_address: data }),
  VTIC: words('tic_version'),
  NGTF: words('supplier_calendar'),
  LTARF: ({ data }) => ({ tariff_period: periodOfLtarf(data), tariff_period_text: collapse(data) }),
  PREF: number('subscribed_power'),
  PCOUP: number('cut_off_power'),
  SINSTS: number('apparent_power'),
  SINST1: number('apparent_power'),
  SINSTI: number('injected_power'),
  SMAXSN: stamped('max_drawn_today'),
  SMAXN: stamped('max_drawn_today'),
  'SMAXSN-1': stamped('max_drawn_yesterday'),
  'SMAXN-1': stamped('max_drawn_yesterday'),
  SMAXIN: stamped('max_injected_today'),
  'SMAXIN-1': stamped('max_injected_yesterday'),
  CCASN: stamped('load_curve_drawn'),
  'CCASN-1': stamped('load_curve_drawn_previous'),
  CCAIN: stamped('load_curve_injected'),
  'CCAIN-1': stamped('load_curve_injected_previous'),
  STGE: ({ data }) => decodeStge(data),
  MSG1: words('message'),
  MSG2: words('short_message'),
  PRM: ({ data }) => ({ prm: data }),
  RELAIS: ({ data }) => Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].map((bit) => [`relay_${bit + 1}`, ((Number(data) >> bit) & 1) === 1])),
  NTARF: number('supplier_index'),
  NJOURF: words('day_profile'),
  'NJOURF+1': words('day_profile_tomorrow'),
  'PJOURF+1': profile('profile_tomorrow'),
  PPOINTE: profile('profile_peak_day'),
  ...Object.assign(
    {},
    ...[1, 2, 3].map((n) => ({
      [`IRMS${n}`]: number(`current_l${n}`),
      [`URMS${n}`]: number(`voltage_l${n}`),
      [`UMOY${n}`]: stamped(`mean_voltage_l${n}`),
      [`SMAXSN${n}`]: stamped(`max_drawn_today_l${n}`),
      [`SMAXSN${n}-1`]: stamped(`max_drawn_yesterday_l${n}`),
    })),
  ),
};

/** Values of one frame; `wallMs` is when it came, for the drift of the meter's clock. */
export function standardValues(frame: TicFrame, wallMs: number): Record<string, Value> {
  const { groups } = frame;
  const values: Record<string, Value> = {};
  for (const [label, group] of groups) Object.assign(values, LABELS[label]?.(group));
  Object.assign(values, clock(groups, wallMs), phasePowers(groups), peaks(frame));
  if (frame.complete) Object.assign(values, indexes(groups));
  return values;
}

function clock(groups: ReadonlyMap<string, TicGroup>, wallMs: number): Record<string, Value> {
  const date = groups.get('DATE');
  const time = date === undefined ? null : parseHorodate(date.horodate);
  return time === null ? {} : { clock_drift: Math.round((time.ms - wallMs) / 1000) };
}

/** EAST = ΣEASF = ΣEASD holds inside every frame; a frame where it does not has a wrong digit that its checksum let pass. */
function indexes(groups: ReadonlyMap<string, TicGroup>): Record<string, Value> {
  const read = (label: string): number | undefined => {
    const group = groups.get(label);
    return group === undefined ? undefined : Number(group.data);
  };
  const total = read('EAST');
  if (total === undefined) return {};
  const agrees = (labels: readonly string[]): boolean => {
    const parts = labels.map(read).filter((part) => part !== undefined);
    return parts.length < labels.length || Math.abs(parts.reduce((sum, part) => sum + part, 0) - total) <= 2;
  };
  if (!agrees(SUPPLIER_INDEXES) || !agrees(DISTRIBUTOR_INDEXES)) return { index_mismatch: true };
  const values: Record<string, Value> = { index_mismatch: false, energy_drawn: total };
  const injected = read('EAIT');
  if (injected !== undefined) values.energy_injected = injected;
  for (const label of [...SUPPLIER_INDEXES, ...DISTRIBUTOR_INDEXES, ...REACTIVE_INDEXES]) {
    const value = read(label);
    // All ten indexes are always sent: those that never counted are not worth an entity.
    if (value !== undefined && value > 0) values[label.toLowerCase()] = value;
  }
  return values;
}

/** Three phases of 60 A at 240 V: more does not pass through the largest meter for long. */
const METER_RATING_VA = 43_200;

/** Several meters send absurd SINSTSn with right checksums: the product of voltage and current is then shown, and said. */
function phasePowers(groups: ReadonlyMap<string, TicGroup>): Record<string, Value> {
  const read = (label: string): number | undefined => (groups.has(label) ? Number(groups.get(label)?.data) : undefined);
  const values: Record<string, Value> = {};
  const sum = [1, 2, 3].reduce((total, phase) => total + (read(`SINSTS${phase}`) ?? 0), 0);
  let estimated: boolean | undefined;
  for (const phase of [1, 2, 3]) {
    const [power, volts, amps] = [read(`SINSTS${phase}`), read(`URMS${phase}`), read(`IRMS${phase}`)];
    if (power === undefined) continue;
    estimated ??= false;
    const product = volts === undefined || amps === undefined ? undefined : volts * amps;
    // Whole amperes: the product may be half an ampere off. A phase that exports shows 0 VA and a current.
    const absurd = product === undefined ? sum > METER_RATING_VA : power > product * 1.2 + 300;
    estimated ||= absurd;
    values[`apparent_power_l${phase}`] = absurd ? (product ?? null) : power;
  }
  if (estimated !== undefined) values.phase_power_estimated = estimated;
  return values;
}

/** Mobile peaks are sent only when known; their horodate has no season, so the frame's own is taken. */
function peaks(frame: TicFrame): Record<string, Value> {
  const values: Record<string, Value> = {};
  const summer = /^[Ee]/.test(frame.groups.get('DATE')?.horodate ?? '');
  for (const n of [1, 2, 3]) {
    for (const [label, key] of [
      [`DPM${n}`, `peak_${n}_start`],
      [`FPM${n}`, `peak_${n}_end`],
    ] as const) {
      const group = frame.groups.get(label);
      if (group !== undefined) values[key] = iso(parseHorodate(group.horodate)?.ms ?? parseUnseasoned(group.horodate, summer));
      else if (frame.complete) values[key] = null;
    }
  }
  return values;
}

function iso(ms: number | null | undefined): string | null {
  return ms == null ? null : new Date(ms).toISOString();
}
