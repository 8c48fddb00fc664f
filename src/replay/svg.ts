/** Draws panels of lines, bands and switched rows under each other as SVG. The same input gives the same text. */

export interface Axis {
  readonly from: number;
  readonly to: number;
  /** Marks, each with its words. */
  readonly marks: readonly (readonly [at: number, label: string])[];
}
export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly dash?: string;
  /** Null: a hole. */
  readonly points: readonly (readonly [x: number, y: number | null])[];
}
/** From a low to a high edge. */
export interface Area {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, low: number, high: number])[];
}
/** One thing that is on or off: the darker the longer. */
export interface Row {
  readonly name: string;
  readonly spans: readonly (readonly [from: number, to: number, share: number])[];
}
export interface Panel {
  readonly title: string;
  /** False: the title says it all. */
  readonly legend?: boolean;
  readonly height?: number;
  readonly y?: Axis;
  readonly areas?: readonly Area[];
  readonly lines?: readonly Line[];
  readonly rows?: readonly Row[];
}
/** Panels over one horizontal axis. */
export interface Section {
  readonly title?: string;
  readonly x: Axis;
  readonly panels: readonly Panel[];
}
export interface Drawing {
  readonly title: string;
  /** For who looks into the file. */
  readonly description?: string;
  readonly width?: number;
  /** Room for the names at the left. */
  readonly left?: number;
  readonly sections: readonly Section[];
}

const RIGHT = 16;
const HEAD = 26;
const FOOT = 22;
const SECTION = 30;
const ROW = 26;
const HEIGHT = 130;
/** About the width of a letter, for the places of the legend. */
const LETTER = 6.3;

/** Colours that most eyes tell apart. */
export const HUES = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'] as const;

export function drawingOf({ title, description, width = 900, left = 56, sections }: Drawing): string {
  const body: string[] = [];
  let top = 8;
  for (const section of sections) {
    const bottom = heightOf(section);
    body.push(`<g transform="translate(0 ${top})">`, ...drawn(section, left, width - RIGHT), '</g>');
    top += bottom;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top + 8}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    ...(description === undefined ? [] : [`<desc>${escaped(description)}</desc>`]),
    `<rect width="${width}" height="${top + 8}" fill="#ffffff"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/** Marks at round values, about `count` of them, with a unit. */
export function axisOf(from: number, to: number, unit: string, count = 4): Axis {
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const [low, high] = [Math.floor(from / step) * step, Math.ceil(to / step) * step];
  const marks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step);
  return { from: low, to: high, marks: marks.map((at) => [at, `${Number(at.toPrecision(6))}${unit}`] as const) };
}

function bodyOf({ rows = [], height = HEIGHT }: Panel): number {
  return rows.length > 0 ? rows.length * ROW : height;
}

function heightOf({ title, panels }: Section): number {
  return (title === undefined ? 0 : SECTION) + panels.reduce((sum, panel) => sum + HEAD + bodyOf(panel) + FOOT, 0);
}

function drawn({ title, x, panels }: Section, left: number, right: number): string[] {
  const across = (at: number): string => (left + ((right - left) * (at - x.from)) / (x.to - x.from)).toFixed(1);
  const parts = title === undefined ? [] : [`<text x="${left}" y="20" font-size="15" font-weight="bold">${escaped(title)}</text>`];
  let top = title === undefined ? 0 : SECTION;
  for (const panel of panels) {
    const height = bodyOf(panel);
    parts.push(`<text x="${left}" y="${top + 16}" font-weight="bold">${escaped(panel.title)}</text>`);
    if (panel.legend !== false) parts.push(...legend(panel, left + 30 + panel.title.length * 7.2, right, top + 16));
    const [from, to] = [top + HEAD, top + HEAD + height];
    for (const [at, label] of x.marks) {
      parts.push(`<path d="M${across(at)} ${from}V${to}" stroke="#e4e4e4"/>`);
      parts.push(`<text x="${across(at)}" y="${to + 14}" text-anchor="middle" fill="#444444">${escaped(label)}</text>`);
    }
    parts.push(...(panel.rows === undefined ? curves(panel, { left, right, from, to }, across) : rows(panel.rows, left, from, across)));
    top = to + FOOT;
  }
  return parts;
}

/** Behind the title, or as far to the left as it needs. */
function legend({ areas = [], lines = [] }: Panel, from: number, right: number, y: number): string[] {
  const widthOf = ({ name }: { readonly name: string }): number => 34 + name.length * LETTER;
  let x = Math.min(from, right - [...areas, ...lines].reduce((sum, one) => sum + widthOf(one), 0));
  return [...areas.map((area) => ({ ...area, area: true })), ...lines.map((line) => ({ ...line, area: false }))].flatMap((one) => {
    const at = x;
    x += widthOf(one);
    const dash = 'dash' in one && one.dash !== undefined ? ` stroke-dasharray="${one.dash}"` : '';
    const swatch = one.area
      ? `<rect x="${at}" y="${y - 9}" width="18" height="10" fill="${one.colour}" fill-opacity="0.25"/>`
      : `<path d="M${at} ${y - 4}H${at + 18}" stroke="${one.colour}" stroke-width="2"${dash}/>`;
    return [swatch, `<text x="${at + 22}" y="${y}" fill="#333333">${escaped(one.name)}</text>`];
  });
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly from: number;
  readonly to: number;
}
type Across = (at: number) => string;

function curves({ y, areas = [], lines = [] }: Panel, { left, right, from, to }: Box, across: Across): string[] {
  if (y === undefined) return [];
  const up = (value: number): string => (to - ((value - y.from) / (y.to - y.from)) * (to - from)).toFixed(1);
  return [
    ...y.marks.flatMap(([at, label]) => [
      `<path d="M${left} ${up(at)}H${right}" stroke="#dddddd"/>`,
      `<text x="${left - 6}" y="${Number(up(at)) + 4}" text-anchor="end" fill="#444444">${escaped(label)}</text>`,
    ]),
    ...areas.map(({ colour, points }) => {
      const edge = points.map(([at, , high], i) => `${i === 0 ? 'M' : 'L'}${across(at)} ${up(high)}`).join('');
      const back = [...points].reverse().map(([at, low]) => `L${across(at)} ${up(low)}`);
      return `<path d="${edge}${back.join('')}Z" fill="${colour}" fill-opacity="0.25"/>`;
    }),
    ...lines.map(({ colour, dash, points }) => {
      const style = dash === undefined ? '' : ` stroke-dasharray="${dash}"`;
      return `<path d="${pathOf(points, across, up)}" fill="none" stroke="${colour}" stroke-width="1.3"${style}/>`;
    }),
  ];
}

/** Broken where nothing is known. */
function pathOf(points: Line['points'], across: Across, up: (value: number) => string): string {
  let pen = 'M';
  let path = '';
  for (const [at, value] of points) {
    if (value !== null) path += `${pen}${across(at)} ${up(value)}`;
    pen = value === null ? 'M' : 'L';
  }
  return path;
}

function rows(all: readonly Row[], left: number, top: number, across: Across): string[] {
  return all.flatMap(({ name, spans }, index) => {
    const y = top + index * ROW + 4;
    return [
      `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${escaped(name)}</text>`,
      ...spans.map(([from, to, share]) => {
        const width = (Number(across(to)) - Number(across(from))).toFixed(1);
        return `<rect x="${across(from)}" y="${y}" width="${width}" height="${ROW - 8}" fill="${HUES[0]}" fill-opacity="${share}"/>`;
      }),
    ];
  });
}

/** What fits at the left of a row. */
export function shortened(name: string): string {
  return name.length > 26 ? `${name.slice(0, 25)}…` : name;
}

function escaped(text: string): string {
  return text.replace(/[&<>"\p{Cc}]/gu, (sign) => (sign < ' ' ? ' ' : `&#${sign.charCodeAt(0)};`));
}
