/** A small writer of plots in SVG: panels of lines under each other, one scale for all. */

export interface Line {
  readonly colour: string;
  readonly name: string;
  readonly dash?: string;
  /** Null: a hole. */
  readonly points: readonly (readonly [x: number, y: number | null])[];
}
export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}
export interface Scale {
  readonly xMax: number;
  readonly xStep: number;
  readonly xName: string;
  readonly yMax: number;
  readonly yStep: number;
  readonly yUnit: string;
}

const WIDTH = 800;
const LEFT = 46;
const RIGHT = 12;
const HEIGHT = 130;
const HEAD = 26;
const PITCH = HEIGHT + HEAD + 20;

/** The whole document. Colours are plain, so that it can be read on light and dark pages: the ground is white. */
export function plot(title: string, panels: readonly Panel[], scale: Scale): string {
  const height = panels.length * PITCH + 30;
  const names = (panels[0]?.lines ?? []).map(
    ({ name, colour }, i) => `<text x="${LEFT + i * 150}" y="${height - 8}" fill="${colour}">${escaped(name)}</text>`,
  );
  const body = panels.map((panel, i) => `<g transform="translate(0 ${i * PITCH})">\n${drawn(panel, scale)}\n</g>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...body,
    ...names,
    '</svg>\n',
  ].join('\n');
}

function drawn({ title, lines }: Panel, { xMax, xStep, xName, yMax, yStep, yUnit }: Scale): string {
  const x = (value: number): string => (LEFT + (value / xMax) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number): string => (HEAD + (1 - value / yMax) * HEIGHT).toFixed(1);
  const steps = (max: number, step: number): number[] => Array.from({ length: Math.floor(max / step) + 1 }, (_, i) => i * step);
  const grid = steps(yMax, yStep).flatMap((value) => [
    `<path d="M${x(0)} ${y(value)}H${x(xMax)}" stroke="#ddd"/>`,
    `<text x="${LEFT - 6}" y="${Number(y(value)) + 4}" text-anchor="end" fill="#444">${value}${yUnit}</text>`,
  ]);
  const days = steps(xMax, xStep).map(
    (value) => `<text x="${x(value)}" y="${HEAD + HEIGHT + 14}" text-anchor="middle" fill="#444">${value === 0 ? xName : value}</text>`,
  );
  const paths = lines.map(({ colour, dash, points }) => {
    const style = dash === undefined ? '' : ` stroke-dasharray="${dash}"`;
    return `<path d="${pathOf(points, x, y)}" fill="none" stroke="${colour}" stroke-width="1.3"${style}/>`;
  });
  return [`<text x="${LEFT}" y="16" font-weight="bold" fill="#000">${escaped(title)}</text>`, ...grid, ...days, ...paths].join('\n');
}

function pathOf(points: Line['points'], x: (value: number) => string, y: (value: number) => string): string {
  let pen = 'M';
  let path = '';
  for (const [at, value] of points) {
    if (value !== null) path += `${pen}${x(at)} ${y(value)}`;
    pen = value === null ? 'M' : 'L';
  }
  return path;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
