/** The picture of a simulated year: each day's least, mean and greatest, and one day from hour to hour. Pure. */
import { SIMULATED_START_MS } from '../src/main-replay-scenario.ts';
import { spansOf } from '../src/replay/plot.ts';
import { type Area, type Axis, axisOf, drawingOf, HUES, type Line, type Panel } from '../src/replay/svg.ts';
import { headerOf, type Lived } from './years-figures.ts';

interface Trace {
  readonly gauge: string;
  readonly name: string;
  /** What of each day; the zoomed day shows all as lines. */
  readonly show: 'band' | 'mean' | 'max' | 'min';
}
interface Plan {
  readonly title: string;
  readonly unit: string;
  readonly traces: readonly Trace[];
  readonly limits?: readonly { readonly at: number; readonly name: string }[];
  readonly least?: number;
  readonly most?: number;
}
const band = (gauge: string, name: string): Trace => ({ gauge, name, show: 'band' });
const mean = (gauge: string, name: string): Trace => ({ gauge, name, show: 'mean' });

const PLANS: Readonly<Record<Lived['name'], { readonly title: string; readonly day: string; readonly plans: readonly Plan[] }>> = {
  winter: {
    title: 'All-electric house on 6 kVA',
    day: 'the most held back',
    plans: [
      { title: 'Power drawn (VA)', unit: '', least: 0, traces: [band('va', 'drawn')], limits: [{ at: 6_000, name: 'subscribed' }] },
      {
        ...{ title: 'Filter in the meter (%)', unit: '', least: 0, traces: [{ gauge: 'breaker', name: 'greatest', show: 'max' as const }] },
        limits: [{ at: 100, name: 'the meter opens' }],
      },
      { title: 'Wanted, but held back (W)', unit: '', least: 0, traces: [mean('heldBack', 'mean')] },
      { title: 'Warmth (°C)', unit: '', traces: [band('outside', 'outside'), band('living', 'living room'), mean('tank', 'hot water')] },
    ],
  },
  solar: {
    title: 'Panels and a lithium battery in the attic',
    day: 'the hottest battery',
    plans: [
      {
        ...{
          title: 'Warmth (°C)',
          unit: '',
          traces: [band('battery', 'battery'), { gauge: 'attic', name: 'attic, greatest', show: 'max' as const }],
        },
        limits: [
          { at: 55, name: 'charge is cut' },
          { at: 0, name: 'no charge below' },
        ],
      },
      { title: 'Battery charge (%)', unit: '', least: 0, most: 100, traces: [band('charge', 'charge')] },
      { title: 'Highest cell (V)', unit: '', traces: [band('cell', 'highest cell')], limits: [{ at: 3.65, name: 'bears at most' }] },
      {
        title: 'Power (W)',
        unit: '',
        traces: [mean('panels', 'panels'), band('power', 'into the battery'), mean('grid', 'from the grid')],
      },
    ],
  },
  'off-grid': {
    title: 'Away from the grid, lead-acid',
    day: 'the lowest charge',
    plans: [
      {
        ...{ title: 'Battery charge (%)', unit: '', least: 0, most: 100, traces: [band('charge', 'charge')] },
        limits: [
          { at: 50, name: 'half' },
          { at: 15, name: 'floor' },
        ],
      },
      {
        ...{ title: 'Battery voltage (V)', unit: '', traces: [band('volts', 'voltage')] },
        limits: [{ at: 24, name: 'loads are cut after a minute' }],
      },
      { title: 'Power (W)', unit: '', least: 0, traces: [mean('panels', 'used from the panels'), mean('load', 'loads')] },
      {
        title: 'Warmth (°C)',
        unit: '',
        traces: [band('battery', 'battery'), mean('outside', 'outside'), { gauge: 'fridge', name: 'fridge, greatest', show: 'max' }],
      },
    ],
  },
};

/** `docs/years/<name>.svg`. */
export function pictureOf(lived: Lived): string {
  const { title, day, plans } = PLANS[lived.name];
  const { zoom, days, outcome } = lived.result;
  const date = new Date(SIMULATED_START_MS + 3_600_000 + zoom.index * 86_400_000).toISOString().slice(0, 10);
  const rows = outcome.relays.map(({ name }, i) => {
    const means = (zoom.series[`rs_0${i + 1}`] ?? []).map((share) => share ?? 0);
    return { name, spans: spansOf({ widthMs: 24 / means.length, means }, 24) };
  });
  const hours: Axis = { from: 0, to: 24, marks: [0, 3, 6, 9, 12, 15, 18, 21, 24].map((hour) => [hour, `${hour} h`] as const) };
  return drawingOf({
    title,
    description: headerOf(lived),
    ...{ width: 1_000, left: 150 },
    sections: [
      {
        title: `${title}: least, mean and greatest of each day`,
        x: monthsOf(days.length),
        panels: plans.map((plan) => yearPanel(plan, lived)),
      },
      {
        title: `${date}, the day with ${day}`,
        x: hours,
        panels: [...plans.map((plan) => dayPanel(plan, lived)), { title: 'Relays closed', rows }],
      },
    ],
  });
}

function yearPanel(plan: Plan, { result: { days } }: Lived): Panel {
  const areas: Area[] = [];
  const lines: Line[] = [];
  const values: number[] = [];
  for (const [i, { gauge, name, show }] of plan.traces.entries()) {
    const colour = HUES[i % HUES.length] ?? '#000000';
    const found = days.flatMap(({ index, bands }) => (bands[gauge] === undefined ? [] : [{ at: index + 0.5, ...bands[gauge] }]));
    if (show === 'band')
      areas.push({ name: `${name}, whole day`, colour, points: found.map(({ at, min, max }) => [at, min, max] as const) });
    const which = show === 'band' ? 'mean' : show;
    lines.push({ name: show === 'band' ? `${name}, mean` : name, colour, points: found.map((each) => [each.at, each[which]] as const) });
    values.push(...found.flatMap((each) => (show === 'band' ? [each.min, each.max] : [each[which]])));
  }
  return framed(plan, areas, lines, values, [0, days.length]);
}

function dayPanel(plan: Plan, { result: { zoom } }: Lived): Panel {
  const lines = plan.traces.map(({ gauge, name }, i): Line => {
    const series = zoom.series[gauge] ?? [];
    const points = series.map((value, part) => [((part + 0.5) * 24) / series.length, value] as const);
    return { name: name.replace(', greatest', '').replace(/^greatest$|^mean$/, 'now'), colour: HUES[i % HUES.length] ?? '#000000', points };
  });
  const values = lines.flatMap(({ points }) => points.flatMap(([, value]) => (value === null ? [] : [value])));
  return framed(plan, [], lines, values, [0, 24]);
}

function framed(
  { title, unit, limits = [], least, most = Infinity }: Plan,
  areas: Area[],
  lines: Line[],
  values: number[],
  [from, to]: readonly [number, number],
): Panel {
  const all = [...values, ...limits.map(({ at }) => at), ...(least === undefined ? [] : [least])];
  const [low, high] = [
    all.reduce((a, b) => Math.min(a, b)),
    Math.min(
      most,
      all.reduce((a, b) => Math.max(a, b)),
    ),
  ];
  const bounds = limits.map(
    ({ at, name }): Line => ({
      name,
      colour: '#cc0000',
      dash: '5 3',
      points: [
        [from, at],
        [to, at],
      ],
    }),
  );
  return { title, y: axisOf(low, high, unit), areas, lines: [...lines, ...bounds] };
}

/** The first day of each month. */
function monthsOf(days: number): Axis {
  const marks: [number, string][] = [];
  for (let day = 0; day < days; day += 1) {
    const date = new Date(SIMULATED_START_MS + 3_600_000 + day * 86_400_000);
    if (date.getUTCDate() === 1) marks.push([day, date.toLocaleString('en-GB', { month: 'short', timeZone: 'UTC' })]);
  }
  return { from: 0, to: days, marks };
}
