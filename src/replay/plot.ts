/** Draws a replay as SVG: a band for each relay, darker where it was on for longer, and the powers below. */
import type { Curve, Outcome } from './types.ts';

const WIDTH = 1_200;
const LEFT = 190;
const RIGHT = 20;
const BAND = 26;
const POWERS = 260;
const TOP = 34;
const HUES = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
/** Steps of the time axis, ms: the first that gives at most ten. */
const STEPS_MS = [1, 5, 15, 30, 60, 180, 360, 720, 1_440, 7_200, 14_400, 43_200, 131_400].map((minutes) => minutes * 60_000);

/** The same outcome gives the same text. */
export function plotOf(outcome: Outcome): string {
  const spanMs = Math.max(1, outcome.spanMs);
  const x = (ms: number): string => (LEFT + ((WIDTH - LEFT - RIGHT) * Math.min(ms, spanMs)) / spanMs).toFixed(1);
  const powers = outcome.powerCurves.filter(({ means }) => means.some((mean) => mean !== undefined));
  const powerTop = TOP + outcome.relayCurves.length * BAND + 16;
  const height = powerTop + (powers.length > 0 ? POWERS + 20 + 18 * powers.length : 0) + 10;
  const bands = outcome.relayCurves.map((curve, index) => band(curve, TOP + index * BAND, x));
  const body = [...axis(outcome, spanMs, x, powerTop + (powers.length > 0 ? POWERS : 0)), ...bands, ...powerPlot(powers, powerTop, x)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

type Across = (ms: number) => string;

function axis({ startWallMs }: Outcome, spanMs: number, x: Across, bottom: number): string[] {
  const stepMs = STEPS_MS.find((step) => spanMs / step <= 10) ?? spanMs / 10;
  const first = Math.ceil(startWallMs / stepMs) * stepMs;
  const marks: string[] = [];
  for (let at = first; at <= startWallMs + spanMs; at += stepMs) {
    const iso = new Date(at).toISOString();
    const label = stepMs >= 86_400_000 ? iso.slice(0, 10) : `${iso.slice(5, 10)} ${iso.slice(11, 16)}Z`;
    const place = x(at - startWallMs);
    marks.push(`<line x1="${place}" y1="${TOP - 8}" x2="${place}" y2="${bottom}" stroke="#dddddd"/>`);
    marks.push(`<text x="${place}" y="${TOP - 14}" text-anchor="middle" fill="#555555">${label}</text>`);
  }
  return marks;
}

/** Equal neighbours make one rectangle. */
function band({ name, widthMs, means }: Curve, top: number, x: Across): string {
  const parts = [`<text x="${LEFT - 8}" y="${top + 16}" text-anchor="end">${escaped(shortened(name))}</text>`];
  parts.push(`<rect x="${x(0)}" y="${top + 4}" width="${WIDTH - LEFT - RIGHT}" height="${BAND - 8}" fill="#f0f0f0"/>`);
  const shares = means.map((mean) => (mean ?? 0).toFixed(2));
  for (let from = 0; from < shares.length; ) {
    let to = from + 1;
    while (to < shares.length && shares[to] === shares[from]) to += 1;
    const [left, right] = [x(from * widthMs), x(to * widthMs)];
    const width = (Number(right) - Number(left)).toFixed(1);
    const share = shares[from] ?? '0';
    if (Number(share) > 0) {
      parts.push(`<rect x="${left}" y="${top + 4}" width="${width}" height="${BAND - 8}" fill="#0072b2" fill-opacity="${share}"/>`);
    }
    from = to;
  }
  return parts.join('\n');
}

function powerPlot(powers: Outcome['powerCurves'], top: number, x: Across): string[] {
  const values = powers.flatMap(({ means }) => means.filter((mean) => mean !== undefined));
  if (values.length === 0) return [];
  const high = values.reduce((a, b) => Math.max(a, b), 1);
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const y = (value: number): string => (top + POWERS - ((value - low) / (high - low)) * POWERS).toFixed(1);
  // Two numbers on top of each other tell nothing.
  const scale = low < -0.08 * (high - low) ? [low, 0, high] : [0, high];
  return [
    ...scale.map((value) => `<text x="${LEFT - 8}" y="${y(value)}" text-anchor="end" fill="#555555">${value.toFixed(0)}</text>`),
    `<line x1="${LEFT}" y1="${y(0)}" x2="${WIDTH - RIGHT}" y2="${y(0)}" stroke="#999999"/>`,
    ...powers.flatMap(({ name, quantity, widthMs, means }, index) => {
      const colour = HUES[index % HUES.length] ?? '#000000';
      const unit = quantity === 'apparentPower' ? 'VA' : 'W';
      const legend = top + POWERS + 24 + index * 18;
      return [
        `<path d="${path(means, widthMs, x, y)}" fill="none" stroke="${colour}" stroke-width="1.2"/>`,
        `<rect x="${LEFT}" y="${legend - 10}" width="12" height="12" fill="${colour}"/>`,
        `<text x="${LEFT + 18}" y="${legend}">${escaped(name)} (${unit})</text>`,
      ];
    }),
  ];
}

/** A line through the middles of the spans, broken where nothing is known. */
function path(means: Curve['means'], widthMs: number, x: Across, y: (value: number) => string): string {
  let pen = 'M';
  const parts: string[] = [];
  for (const [index, mean] of means.entries()) {
    if (mean !== undefined) parts.push(`${pen}${x((index + 0.5) * widthMs)} ${y(mean)}`);
    pen = mean === undefined ? 'M' : 'L';
  }
  return parts.join('');
}

/** What fits at the left. */
function shortened(name: string): string {
  return name.length > 26 ? `${name.slice(0, 25)}…` : name;
}

function escaped(text: string): string {
  return text.replace(/[&<>"\p{Cc}]/gu, (sign) => (sign < ' ' ? ' ' : `&#${sign.charCodeAt(0)};`));
}
