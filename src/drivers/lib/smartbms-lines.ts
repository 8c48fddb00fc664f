/** Text lines of Green-BMS SmartBMS controllers (firmware 3.s.2.01): no checksum, so each line must be whole and fit together. */
import type { Value } from '../../model.ts';
import { between, ordered } from './believable.ts';
import { believable, cellValues } from './bms-cells.ts';
import { packValues, percent } from './bms-pack.ts';

type Row = Record<string, Value>;
/** `$#` letter, three digits, value, and so on to a last `$`: `$#g00152.3$#g002-4.50$`. */
const LINE = /^(?:\$#[a-z]\d{3}-?\d+(?:\.\d{1,2})?)+\$$/;
const ITEM = /\$#([a-z]\d{3})(-?\d+(?:\.\d{1,2})?)/g;

/** Items by name (`g001`) with the text of their value; undefined for anything but a whole line, or one that names an item twice. */
export function readItems(line: string): ReadonlyMap<string, string> | undefined {
  if (!LINE.test(line)) return undefined;
  const items = new Map<string, string>();
  for (const [, name = '', value = ''] of line.matchAll(ITEM)) {
    if (items.has(name)) return undefined;
    items.set(name, value);
  }
  return items;
}

export interface Layout {
  readonly cells: number;
  readonly capacityAh: number;
}
/** The most that the firmware's three digits and the board's memory are used for. */
export const MOST_CELLS = 32;

/** Page 2 with `#h1`: capacity and number of cells. */
export function layoutOf(items: ReadonlyMap<string, string>): Layout | undefined {
  const cells = whole(items.get('p014'));
  const capacityAh = whole(items.get('p012'));
  if (cells === undefined || capacityAh === undefined || cells < 1 || cells > MOST_CELLS) return undefined;
  return { cells, capacityAh };
}

const ACTIVITIES = ['idle', 'charging', 'discharging'] as const;
/** The cells are measured a little before their sum is sent. */
const TOLERANCE = 0.05;

/** Page 2 with `#h0`: the pack; undefined when the line is not that one, or contradicts itself. Current: positive = charging. */
export function packOf(items: ReadonlyMap<string, string>, { cells }: Layout): Row | undefined {
  const [volts, amps, soc, highest, lowest, activity] = [1, 2, 3, 4, 5, 6].map((n) => numberIn(items.get(`g00${n}`)));
  if (volts === undefined || amps === undefined || soc === undefined || highest === undefined) return undefined;
  if (lowest === undefined || activity === undefined) return undefined;
  const sum = volts >= cells * lowest * (1 - TOLERANCE) && volts <= cells * highest * (1 + TOLERANCE);
  const known = ACTIVITIES[activity];
  const sign = known === 'charging' ? 1 : known === 'discharging' ? -1 : 0;
  if (!sum || known === undefined || Math.sign(amps) !== sign) return undefined;
  const [min, max] = ordered(between(lowest, 0.5, 5), between(highest, 0.5, 5));
  const spread = min === null || max === null ? null : Number((max - min).toFixed(2));
  return {
    ...packValues(volts, amps),
    state_of_charge: percent(soc),
    activity: known,
    cell_voltage_min: min,
    cell_voltage_max: max,
    cell_voltage_spread: spread,
  };
}

export interface Cell {
  readonly volts: number;
  readonly poleC: number;
  readonly resistorC: number;
  /** Very high, bleeding, low, no communication, pole hot, resistor hot. */
  readonly flags: string;
}
/** Page 3: up to two cells by number, from 1; a cell that is not told whole is left out. */
export function cellsIn(items: ReadonlyMap<string, string>): Map<number, Cell> {
  const cells = new Map<number, Cell>();
  for (const [name, text] of items) {
    if (name[0] !== 'v') continue;
    const number = name.slice(1);
    const volts = numberIn(text);
    const poleC = numberIn(items.get(`t${number}`));
    const resistorC = numberIn(items.get(`u${number}`));
    const flags = items.get(`z${number}`);
    if (volts === undefined || poleC === undefined || resistorC === undefined || !/^[01]{6}$/.test(flags ?? '')) continue;
    cells.set(Number(number), { volts, poleC, resistorC, flags: flags ?? '' });
  }
  return cells;
}

/** Problems of any cell, by the place of their flag. */
export const CELL_PROBLEMS = [
  [0, 'cell_overvoltage', 'Cell voltage too high', 'Tension de cellule trop haute'],
  [2, 'cell_undervoltage', 'Cell voltage too low', 'Tension de cellule trop basse'],
  [3, 'cell_silent', 'A cell board does not answer', 'Une carte de cellule ne répond pas'],
  [4, 'pole_overtemperature', 'Cell too hot', 'Cellule trop chaude'],
  [5, 'resistor_overtemperature', 'Balancing resistor too hot', "Résistance d'équilibrage trop chaude"],
] as const;
const BLEEDING = 1;
const SILENT = 3;

/** All cells, in order. What a silent cell board said before is nothing. */
export function allCells(cells: readonly Cell[]): Row {
  const told = cells.map((cell) => (cell.flags[SILENT] === '1' ? undefined : cell));
  const hottest = (of: (cell: Cell) => number): number | null => {
    const known = told.map((cell) => (cell === undefined ? null : believable(of(cell))));
    return known.includes(null) ? null : Math.max(...known.filter((celsius) => celsius !== null));
  };
  const bleeding = cells.flatMap(({ flags }, index) => (flags[BLEEDING] === '1' ? [index + 1] : []));
  return {
    ...cellValues(told.map((cell) => (cell === undefined ? 0 : Math.round(cell.volts * 1000)))),
    ...Object.fromEntries(told.map((cell, i) => [`temperature_${i + 1}`, cell === undefined ? null : believable(cell.poleC)])),
    temperature_max: hottest(({ poleC }) => poleC),
    resistor_temperature_max: hottest(({ resistorC }) => resistorC),
    balancing: bleeding.length > 0,
    balancing_cells: bleeding.join(', '),
    ...Object.fromEntries(CELL_PROBLEMS.map(([place, key]) => [key, cells.some(({ flags }) => flags[place] === '1')])),
  };
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text) + 0;
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}
