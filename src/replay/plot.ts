/** Draws a replay: a row for each relay, darker where it was on for longer, and the powers below. */
import { type Axis, axisOf, drawingOf, HUES, type Panel, type Row, shortened } from './svg.ts';
import type { Curve, Outcome } from './types.ts';

/** Steps of the time axis, ms: the first that gives at most ten. */
const STEPS_MS = [1, 5, 15, 30, 60, 180, 360, 720, 1_440, 7_200, 14_400, 43_200, 131_400].map((minutes) => minutes * 60_000);

/** The same outcome gives the same text. */
export function plotOf(outcome: Outcome): string {
  const { relayCurves, powerCurves } = outcome;
  const spanMs = Math.max(1, outcome.spanMs);
  const relays: Panel = {
    title: 'On',
    rows: relayCurves.map(({ name, ...curve }) => ({ name: shortened(name), spans: spansOf(curve, spanMs) })),
  };
  const powers = powerCurves.filter(({ means }) => means.some((mean) => mean !== undefined));
  const panels = [...(relayCurves.length > 0 ? [relays] : []), ...powers.map((curve, index) => powerPanel(curve, index, spanMs))];
  return drawingOf({ title: 'Replay', width: 1_200, left: 190, sections: [{ x: timeAxis(outcome.startWallMs, spanMs), panels }] });
}

function timeAxis(startWallMs: number, spanMs: number): Axis {
  const stepMs = STEPS_MS.find((step) => spanMs / step <= 10) ?? spanMs / 10;
  const marks: [number, string][] = [];
  for (let at = Math.ceil(startWallMs / stepMs) * stepMs; at <= startWallMs + spanMs; at += stepMs) {
    const iso = new Date(at).toISOString();
    marks.push([at - startWallMs, stepMs >= 86_400_000 ? iso.slice(0, 10) : `${iso.slice(5, 10)} ${iso.slice(11, 16)}Z`]);
  }
  return { from: 0, to: spanMs, marks };
}

/** Equal neighbours make one span. */
export function spansOf({ widthMs, means }: Pick<Curve, 'widthMs' | 'means'>, spanMs: number): Row['spans'] {
  const spans: [number, number, number][] = [];
  const shares = means.map((mean) => Math.round(100 * (mean ?? 0)) / 100);
  for (let from = 0; from < shares.length; ) {
    let to = from + 1;
    while (to < shares.length && shares[to] === shares[from]) to += 1;
    if ((shares[from] ?? 0) > 0) spans.push([from * widthMs, Math.min(spanMs, to * widthMs), shares[from] ?? 0]);
    from = to;
  }
  return spans;
}

function powerPanel({ name, quantity, widthMs, means }: Outcome['powerCurves'][number], index: number, spanMs: number): Panel {
  const values = means.filter((mean) => mean !== undefined);
  const unit = quantity === 'apparentPower' ? 'VA' : 'W';
  const [low, high] = [values.reduce((a, b) => Math.min(a, b), 0), values.reduce((a, b) => Math.max(a, b), 1)];
  const points = means.map((mean, i) => [Math.min(spanMs, (i + 0.5) * widthMs), mean ?? null] as const);
  const lines = [{ name: 'mean', colour: HUES[index % HUES.length] ?? '#000000', points }];
  return { title: `${name} (${unit})`, legend: false, y: axisOf(low, high, ''), lines };
}
