/** A house away from the grid: 1.6 kW of panels, 10 kWh of lead-acid in a cold shed, lights, pump and fridge. No generator. */
import { createClimate } from '../ports/sim/climate.ts';
import { type LeadCells, leadCells } from '../ports/sim/lead.ts';
import { heatStore } from '../ports/sim/warmth.ts';
import { kept } from './kept.ts';
import { offGridLife } from './off-grid-life.ts';
import type { Said, Scenario, World } from './world.ts';

const LOCAL_MS = 3_600_000;
const CELLS = 12;
const CAPACITY_AH = 420;
const PANELS_KW = 1.6;
/** The charge controller holds this, V of one cell at 25 °C. */
const HOLDS_V = 2.433;
const PER_KELVIN = -0.003;
/** Its own display and the computer, before the relays: nobody can cut them. */
const ALWAYS_W = 6;
/** The inverter's own limit, V of one cell: it starts again well above. */
const [INVERTER_ENDS_V, INVERTER_STARTS_V] = [1.75, 2];
/** Above this the cells make gas, V at 25 °C. */
const GASSING_V = 2.35;
const [QUIET_S, NEAR_S] = [20, 5];
const SETTLING_S = 60;
const FULL = 0.98;
export const LEAD_BOUNDS = { highestCellV: 2.6, lowestCellV: 1.75, leastCharge: 0.15, chargeC: [-20, 50], hottestC: 50 } as const;

export const offGrid: Scenario = {
  bounds: { shed_battery: LEAD_BOUNDS },
  interest: ({ charge }) => -(charge?.min ?? 100),
  create(seed) {
    const [climate, life] = [createClimate(seed), offGridLife(seed)];
    const cells = leadCells(CAPACITY_AH, 0.8);
    const shed = heatStore(8, 320_000, 9);
    const now = { outsideC: 8, roof: 0, changedS: 0, closed: new Set<string>(), dead: false };
    const energies = { panels: 0, house: 0 };
    const counts = newCounts();
    const offeredW = (): number => PANELS_KW * now.roof * 0.8 * 0.95;
    const switchedW = (): number => (now.closed.has('rs_02') ? life.lightsW : 0) + (now.closed.has('rs_03') ? life.fridgeW : 0);
    const loadW = (): number => ALWAYS_W + (now.dead ? 0 : switchedW());
    const amps = kept(() => ampsOf(cells, shed.celsius, now.closed.has('rs_01') ? offeredW() : 0, loadW()));
    const volts = (): number => cells.volts(amps(), shed.celsius);
    const usedW = (): number => Math.min(offeredW(), Math.max(0, amps() * volts() * CELLS + loadW()));
    return {
      settle(wallMs) {
        now.dead = volts() < (now.dead ? INVERTER_STARTS_V : INVERTER_ENDS_V);
        const { outsideC, roofWm2 } = climate.at(wallMs);
        Object.assign(now, { outsideC, roof: roofWm2 });
        life.settle(wallMs + LOCAL_MS);
        amps.forget();
      },
      said: () => said(cells, amps(), shed.celsius, offeredW()),
      wishes: () => ({ rs_01: offeredW() > 20, rs_02: true, rs_03: true }),
      setRelays(on) {
        const closed = new Set(['rs_01', 'rs_02', 'rs_03'].filter(on));
        if (now.closed.has('rs_02') && !closed.has('rs_02')) counts.cuts += 1;
        if (closed.size !== now.closed.size) now.changedS = 0;
        now.closed = closed;
        amps.forget();
      },
      paceMs: () => 1_000 * (now.changedS < SETTLING_S ? NEAR_S : QUIET_S),
      pass(seconds) {
        energies.house += ((loadW() - ALWAYS_W) * seconds) / 3_600;
        energies.panels += (usedW() * seconds) / 3_600;
        counts.unusedWh += ((offeredW() - usedW()) * seconds) / 3_600;
        if (now.dead || !now.closed.has('rs_02')) counts.cutS += seconds;
        if (life.fridgeC > 10) counts.warmFridgeS += seconds;
        wear(counts, seconds, cells.charge, volts() - PER_KELVIN * (shed.celsius - 25));
        life.pass(seconds, !now.dead && now.closed.has('rs_03'), shed.celsius);
        shed.pass(seconds, Math.abs(amps()) * 0.4 + 10, now.outsideC + 2);
        cells.pass(seconds, amps(), shed.celsius);
        amps.forget();
        now.changedS += seconds;
      },
      truth() {
        const cell = volts();
        const battery = { volts: cell * CELLS, highestCellV: cell, lowestCellV: cell, amps: amps(), celsius: shed.celsius };
        return { batteries: [{ id: 'shed_battery', ...battery, charge: cells.charge }], energies: { ...energies } };
      },
      gauges: () => ({
        ...{ volts: volts() * CELLS, charge: 100 * cells.charge, battery: shed.celsius, outside: now.outsideC, fridge: life.fridgeC },
        ...{ panels: usedW(), load: loadW() },
      }),
      counts: () => ({ ...counts }),
    } satisfies World;
  },
};

type Counts = ReturnType<typeof newCounts>;

function newCounts() {
  return {
    ...{ cutS: 0, cuts: 0, warmFridgeS: 0, unusedWh: 0 },
    ...{ fulls: 0, sinceFullS: 0, longestS: 0, gassingS: 0, belowHalfS: 0, belowFloorS: 0 },
  };
}

/** What ages a lead-acid battery; `cellV` as at 25 °C. */
function wear(counts: Counts, seconds: number, charge: number, cellV: number): void {
  if (charge < LEAD_BOUNDS.leastCharge) counts.belowFloorS += seconds;
  if (charge < 0.5) counts.belowHalfS += seconds;
  if (cellV > GASSING_V) counts.gassingS += seconds;
  if (charge > FULL && counts.sinceFullS > 43_200) counts.fulls += 1;
  counts.sinceFullS = charge > FULL ? 0 : counts.sinceFullS + seconds;
  counts.longestS = Math.max(counts.longestS, counts.sinceFullS);
}

/** What flows through the battery: the panels give what they can, up to the controller's voltage; the loads take theirs. */
function ampsOf(cells: LeadCells, celsius: number, offeredW: number, loadW: number): number {
  const restV = cells.volts(0, celsius) * CELLS;
  const wanted = (offeredW - loadW) / restV;
  if (wanted <= 0) return wanted;
  const held = HOLDS_V + PER_KELVIN * (celsius - 25);
  return Math.min(wanted, Math.max(-loadW / restV, cells.ampsAt(held, celsius)));
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
