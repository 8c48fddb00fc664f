/** A historic frame as values. Indexes and events come from complete long frames only. Source: NOI-CPT_54E 6.1. */
import type { Value } from '../../model.ts';
import type { TicFrame } from './tic-frame.ts';
import type { TicGroup } from './tic-group.ts';
import { HISTORIC_INDEXES } from './tic-labels.ts';
import { colorOfDemain, optionOfOptarif, periodOfPtec } from './tic-tariff.ts';

type Write = (data: string) => Record<string, Value>;
const number =
  (key: string): Write =>
  (data) => ({ [key]: Number(data) });
const raw =
  (key: string): Write =>
  (data) => ({ [key]: data });

/** What each label says by itself; it says it also in a damaged frame. */
const LABELS: Readonly<Record<string, Write>> = {
  ADCO: raw('meter_address'),
  OPTARIF: (data) => ({ tariff_option: optionOfOptarif(data) }),
  ISOUSC: number('subscribed_current'),
  PTEC: (data) => ({ tariff_period: periodOfPtec(data), tariff_period_text: data }),
  DEMAIN: (data) => ({ tomorrow_color: colorOfDemain(data) }),
  IINST: number('current_l1'),
  IINST1: number('current_l1'),
  IINST2: number('current_l2'),
  IINST3: number('current_l3'),
  IMAX: number('max_current'),
  IMAX1: number('max_current_l1'),
  IMAX2: number('max_current_l2'),
  IMAX3: number('max_current_l3'),
  PMAX: number('max_power_yesterday'),
  PAPP: number('apparent_power'),
  HHPHC: raw('schedule_group'),
  MOTDETAT: raw('status_word'),
  PPOT: (data) => {
    const absent = Number.parseInt(data, 16);
    return Object.fromEntries([1, 2, 3].map((phase) => [`phase_missing_l${phase}`, ((absent >> phase) & 1) === 1]));
  },
};

/** Values of one frame. */
export function historicValues(frame: TicFrame): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const [label, { data }] of frame.groups) Object.assign(values, LABELS[label]?.(data));
  Object.assign(values, events(frame));
  if (frame.complete && isLong(frame)) Object.assign(values, indexes(frame.groups));
  return values;
}

/** Short three-phase frames carry the overload and the currents alone: what they lack means nothing. */
export function isLong(frame: TicFrame): boolean {
  return frame.groups.has('OPTARIF') && frame.groups.has('PTEC');
}

/** ADPS, ADIRn and PEJP are there only while true: their absence counts when nothing was lost. */
function events(frame: TicFrame): Record<string, Value> {
  const values: Record<string, Value> = {};
  const { groups } = frame;
  const long = frame.complete && isLong(frame);
  let any = groups.has('ADPS');
  if (any || long) values.overload_current = any ? Number(groups.get('ADPS')?.data) : null;
  const threePhase = groups.has('IINST3') || groups.has('ADIR1') || groups.has('ADIR2') || groups.has('ADIR3');
  for (const phase of [1, 2, 3]) {
    const group = groups.get(`ADIR${phase}`);
    any ||= group !== undefined;
    if (group === undefined && !(long && threePhase)) continue;
    values[`overload_l${phase}`] = group !== undefined;
    values[`overload_current_l${phase}`] = group === undefined ? null : Number(group.data);
  }
  if (any || long) values.overload = any;
  const notice = groups.get('PEJP');
  if (notice !== undefined || (long && groups.has('EJPHN'))) {
    values.ejp_notice = notice !== undefined;
    values.ejp_notice_minutes = notice === undefined ? null : Number(notice.data);
  }
  return values;
}

/** The indexes that make up the total of each tariff option; a frame that lacks one of them has no total. */
const TOTAL_OF: Readonly<Record<ReturnType<typeof optionOfOptarif>, readonly string[]>> = {
  base: ['BASE'],
  hc: ['HCHC', 'HCHP'],
  ejp: ['EJPHN', 'EJPHPM'],
  tempo: HISTORIC_INDEXES.filter((label) => label.startsWith('BBR')),
  other: [],
};

function indexes(groups: ReadonlyMap<string, TicGroup>): Record<string, Value> {
  const values: Record<string, Value> = {};
  const found = HISTORIC_INDEXES.filter((label) => groups.has(label));
  const read = (label: string): number => Number(groups.get(label)?.data);
  for (const label of found) values[label.toLowerCase()] = read(label);
  const expected = TOTAL_OF[optionOfOptarif(groups.get('OPTARIF')?.data ?? '')];
  // An option unknown here is summed as it comes: its frame is whole all the same.
  const whole = found.length > 0 && expected.every((label) => groups.has(label));
  if (whole) values.energy_drawn = found.reduce((sum, label) => sum + read(label), 0);
  // Concentrators count gas and a third meter in steps of ten litres.
  if (groups.has('GAZ')) values.gas = read('GAZ') * 10;
  if (groups.has('AUTRE')) values.other_meter = read('AUTRE') * 10;
  return values;
}
