/** A house away from the grid: 1.6 kW of panels, 10 kWh of lead-acid in a cold shed, lights, pump and fridge. No generator. */
import { createClimate } from '../ports/sim/climate.ts';
import { type LeadCells, leadCells } from '../ports/sim/lead.ts';
import { type Random, streamOf } from '../ports/sim/random.ts';
import { heatStore } from '../ports/sim/warmth.ts';
import type { Said, Scenario, World } from './world.ts';

const LOCAL_MS = 3_600_000;
const DAY_MS = 86_400_000;
const CELLS = 12;
const CAPACITY_AH = 420;
const PANELS_KW = 1.6;
/** The charge controller holds this, V of one cell at 25 °C. */
const HOLDS_V = 2.433;
const PER_KELVIN = -0.003;
/** Its own display and the computer, before the relays: nobody can cut them. */
const ALWAYS_W = 6;
const FRIDGE_W = 70;
/** Above this the cells make gas, V at 25 °C. */
const GASSING_V = 2.35;
const [QUIET_S, NEAR_S] = [20, 5];
const SETTLING_S = 60;
export const LEAD_BOUNDS = { highestCellV: 2.6, lowestCellV: 1.75, leastCharge: 0.15, chargeC: [-20, 50], hottestC: 50 } as const;

export const offGrid: Scenario = {
  bounds: { shed_battery: LEAD_BOUNDS },
  interest: ({ charge }) => -(charge?.min ?? 100),
  create(seed) {
    const climate = createClimate(seed);
    const random = streamOf(seed, 5);
    const cells = leadCells(CAPACITY_AH, 0.8);
    const shed = heatStore(8, 320_000, 9);
    const now = { outsideC: 8, roof: 0, lightsW: 0, fridgeW: 0, changedS: 0, closed: new Set<string>(), day: Number.NaN };
    const home = { uses: [] as Use[], fridgeC: 5, cools: false };
    const energies = { panels: 0, house: 0 };
    const counts = { cutS: 0, cuts: 0, fulls: 0, sinceFullS: 0, longestS: 0, gassingS: 0, belowHalfS: 0, warmFridgeS: 0, unusedWh: 0 };
    const offeredW = (): number => PANELS_KW * now.roof * 0.8 * 0.95;
    const loadW = (): number => ALWAYS_W + (now.closed.has('rs_02') ? now.lightsW : 0) + (now.closed.has('rs_03') ? now.fridgeW : 0);
    const amps = (): number => ampsOf(cells, shed.celsius, now.closed.has('rs_01') ? offeredW() : 0, loadW());
    const volts = (): number => cells.volts(amps(), shed.celsius);
    return {
      settle(wallMs) {
        const local = wallMs + LOCAL_MS;
        const { outsideC, roofWm2 } = climate.at(wallMs);
        if (Math.floor(local / DAY_MS) !== now.day) home.uses = usesOf(random, Math.floor(local / DAY_MS));
        Object.assign(now, { outsideC, roof: roofWm2, day: Math.floor(local / DAY_MS) });
        now.lightsW = home.uses.reduce((sum, { fromMs, toMs, watts }) => sum + (local >= fromMs && local < toMs ? watts : 0), 12);
        if (home.fridgeC > 6) home.cools = true;
        if (home.fridgeC < 3.5) home.cools = false;
        now.fridgeW = home.cools ? FRIDGE_W : 2;
      },
      said: () => said(cells, amps(), shed.celsius, offeredW()),
      wishes: () => ({ rs_01: offeredW() > 20, rs_02: true, rs_03: true }),
      setRelays(on) {
        const closed = new Set(['rs_01', 'rs_02', 'rs_03'].filter(on));
        if (now.closed.has('rs_02') && !closed.has('rs_02')) counts.cuts += 1;
        if (closed.size !== now.closed.size) now.changedS = 0;
        now.closed = closed;
      },
      paceMs: () => 1_000 * (now.changedS < SETTLING_S ? NEAR_S : QUIET_S),
      pass(seconds) {
        const [current, cell] = [amps(), volts()];
        energies.house += ((loadW() - ALWAYS_W) * seconds) / 3_600;
        const usedW = Math.max(0, current * cell * CELLS + loadW());
        energies.panels += (Math.min(offeredW(), usedW) * seconds) / 3_600;
        counts.unusedWh += (Math.max(0, offeredW() - usedW) * seconds) / 3_600;
        if (!now.closed.has('rs_02')) counts.cutS += seconds;
        if (cell > GASSING_V + PER_KELVIN * (shed.celsius - 25)) counts.gassingS += seconds;
        if (cells.charge < 0.5) counts.belowHalfS += seconds;
        if (home.fridgeC > 10) counts.warmFridgeS += seconds;
        fullness(counts, cells.charge, seconds);
        const running = home.cools && now.closed.has('rs_03');
        home.fridgeC += (seconds / 3_600) * ((shed.celsius * 0.3 + 14 - home.fridgeC) * 0.11 - (running ? 4.2 : 0));
        shed.pass(seconds, Math.abs(current) * 0.4 + 10, now.outsideC + 2);
        cells.pass(seconds, current, shed.celsius);
        now.changedS += seconds;
      },
      truth() {
        const cell = volts();
        const battery = { volts: cell * CELLS, highestCellV: cell, lowestCellV: cell, amps: amps(), celsius: shed.celsius };
        return { batteries: [{ id: 'shed_battery', ...battery, charge: cells.charge }], energies: { ...energies } };
      },
      gauges: () => ({
        ...{ volts: volts() * CELLS, charge: 100 * cells.charge, battery: shed.celsius, outside: now.outsideC, fridge: home.fridgeC },
        ...{ panels: Math.min(offeredW(), Math.max(0, amps() * volts() * CELLS + loadW())), load: loadW() },
      }),
      counts: () => ({ ...counts }),
    } satisfies World;
  },
};

interface Use {
  readonly fromMs: number;
  readonly toMs: number;
  readonly watts: number;
}

/** Lights and screens in the evening, a pump now and then. */
function usesOf(random: Random, day: number): Use[] {
  const use = (hour: number, hours: number, watts: number): Use => {
    const fromMs = day * DAY_MS + (hour + 0.8 * (random() - 0.5)) * 3_600_000;
    return { fromMs, toMs: fromMs + hours * (0.8 + 0.4 * random()) * 3_600_000, watts };
  };
  const pumps = [7.2, 8, 12.5, 19, 21.5].map((hour) => use(hour, 0.12, 550));
  return [use(6.8, 1.3, 60), use(18, 4.7, 85), use(19, 3.2, 110), use(9.5, 4, 45), ...pumps];
}

/** What flows through the battery: the panels give what they can, up to the controller's voltage; the loads take theirs. */
function ampsOf(cells: LeadCells, celsius: number, offeredW: number, loadW: number): number {
  const restV = cells.volts(0, celsius) * CELLS;
  const wanted = (offeredW - loadW) / restV;
  if (wanted <= 0) return wanted;
  const held = HOLDS_V + PER_KELVIN * (celsius - 25);
  return Math.min(wanted, Math.max(-loadW / restV, cells.ampsAt(held, celsius)));
}

function fullness(counts: { fulls: number; sinceFullS: number; longestS: number }, charge: number, seconds: number): void {
  if (charge > 0.98 && counts.sinceFullS > 43_200) counts.fulls += 1;
  counts.sinceFullS = charge > 0.98 ? 0 : counts.sinceFullS + seconds;
  counts.longestS = Math.max(counts.longestS, counts.sinceFullS);
}

/** Under the ids of the scenario's configuration. */
function said(cells: LeadCells, amps: number, celsius: number, offeredW: number): Said[] {
  const volts = cells.volts(amps, celsius) * CELLS;
  return [
    ['shunt', { bus_voltage: Math.round(100 * volts) / 100, current: Math.round(50 * amps) / 50, power: volts * amps }],
    ['probe', { temperature: Math.round(16 * celsius) / 16 }],
    ['regulator', { battery_voltage: volts, battery_power: Math.max(0, offeredW) }],
  ];
}
