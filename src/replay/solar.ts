/** A house with 6 kW of panels and 10 kWh of lithium in the attic: frost in winter, 55 °C under the tiles in summer. */
import { createClimate } from '../ports/sim/climate.ts';
import { type Cells, lithiumCells } from '../ports/sim/lithium.ts';
import { createPeople } from '../ports/sim/people.ts';
import { heatStore } from '../ports/sim/warmth.ts';
import { kept } from './kept.ts';
import type { BatteryTruth, Said, Scenario, World } from './world.ts';

const LOCAL_MS = 3_600_000;
const SERIES = 16;
const CAPACITY_AH = 200;
const CHARGER_W = 1_100;
const CHARGER_HOLDS_V = 3.5 * SERIES;
const INVERTER_W = 3_000;
/** The inverter's own limit. */
const INVERTER_ENDS_V = 2.7 * SERIES;
const PANELS_KW = 6;
const [QUIET_S, NEAR_S] = [30, 5];
const SETTLING_S = 60;
/** Near full each second of voltage counts, V. */
const NEAR_V = 3.42;
/** The automation: charge from this surplus on, and until it is gone for a while (W, s). */
const [SURPLUS_W, GONE_W, GONE_S] = [1_000, 0, 180];
const [DISCHARGE_FROM, DISCHARGE_TO] = [0.25, 0.15];
export const LITHIUM_BOUNDS = { highestCellV: 3.65, lowestCellV: 2.5, leastCharge: 0.05, chargeC: [0, 55.5], hottestC: 60 } as const;

export const solar: Scenario = {
  bounds: { attic_battery: LITHIUM_BOUNDS },
  interest: ({ battery }) => battery?.max ?? 0,
  create(seed) {
    const [climate, people] = [createClimate(seed), createPeople(seed, (ms) => ms + LOCAL_MS, 1.3)];
    const cells = lithiumCells(SERIES, CAPACITY_AH, 0.5);
    const [attic, battery] = [heatStore(8, 900_000, 150), heatStore(8, 80_000, 6.5)];
    const now = { outsideC: 8, roof: 0, ground: 0, peopleW: 0, changedS: 0, closed: new Set<string>(), goneS: 0 };
    const asks = { charge: false, discharge: false };
    const energies = { panels: 0, drawn: 0, injected: 0, charged: 0, discharged: 0 };
    const counts = { hotChargeS: 0, frostChargeS: 0, overFullS: 0, fulls: 0, wasFull: 0, heldBackWh: 0 };
    const panelsW = (): number => PANELS_KW * now.roof * 0.82 * (1 - 0.004 * (now.outsideC + 0.025 * now.roof - 25));
    const amps = kept(() => ampsOf(cells, battery.celsius, now.closed, now.peopleW));
    const batteryW = (): number => amps() * cells.volts(amps(), battery.celsius).mean * SERIES;
    /** From the grid, W; negative: to it. */
    const gridW = (): number => now.peopleW + batteryW() * (amps() > 0 ? 1.06 : 0.94) - panelsW();
    return {
      settle(wallMs) {
        const { outsideC, roofWm2, groundWm2 } = climate.at(wallMs);
        amps.forget();
        Object.assign(now, { outsideC, roof: roofWm2, ground: groundWm2, peopleW: people.watts(wallMs) });
        decide(asks, now, panelsW() - now.peopleW, cells.charge);
      },
      said: () => said({ cells, amps: amps(), celsius: battery.celsius, panelsW: panelsW(), gridW: gridW(), energies }),
      wishes: () => ({ rs_01: asks.charge, rs_02: asks.discharge }),
      setRelays(on) {
        const closed = new Set(['rs_01', 'rs_02'].filter(on));
        if (closed.size !== now.closed.size || [...closed].some((id) => !now.closed.has(id))) now.changedS = 0;
        now.closed = closed;
        amps.forget();
      },
      paceMs: () => 1_000 * (now.changedS < SETTLING_S || cells.volts(amps(), battery.celsius).highest > NEAR_V ? NEAR_S : QUIET_S),
      pass(seconds) {
        const [current, watts, grid] = [amps(), batteryW(), gridW()];
        const add = (name: keyof typeof energies, w: number): void => {
          energies[name] += (Math.max(0, w) * seconds) / 3_600;
        };
        add('panels', panelsW());
        add('drawn', grid);
        add('injected', -grid);
        add('charged', watts);
        add('discharged', -watts);
        if (current > 0.5 && battery.celsius > LITHIUM_BOUNDS.chargeC[1]) counts.hotChargeS += seconds;
        if (current > 0.5 && battery.celsius < LITHIUM_BOUNDS.chargeC[0]) counts.frostChargeS += seconds;
        if (cells.volts(current, battery.celsius).highest > LITHIUM_BOUNDS.highestCellV) counts.overFullS += seconds;
        if (asks.charge && !now.closed.has('rs_01')) counts.heldBackWh += (CHARGER_W * seconds) / 3_600;
        if (cells.charge > 0.985 && counts.wasFull === 0) counts.fulls += 1;
        counts.wasFull = Number(cells.charge > 0.985 || (counts.wasFull === 1 && cells.charge > 0.9));
        // Tiles in the sun warm the air beneath; the electronics beside the cells warm them too.
        attic.pass(seconds, now.ground * 5.2, now.outsideC);
        battery.pass(seconds, cells.heatW(current) + 14 + Math.abs(watts) * 0.012, attic.celsius);
        cells.pass(seconds, current, battery.celsius);
        amps.forget();
        now.changedS += seconds;
        now.goneS = panelsW() - now.peopleW < GONE_W ? now.goneS + seconds : 0;
      },
      truth: () => ({ batteries: [truthOf(cells, amps(), battery.celsius)], energies: { ...energies } }),
      gauges: () => ({
        ...{ battery: battery.celsius, attic: attic.celsius, outside: now.outsideC, panels: panelsW(), power: batteryW(), grid: gridW() },
        ...{ charge: 100 * cells.charge, cell: cells.volts(amps(), battery.celsius).highest },
      }),
      counts: () => ({ ...counts }),
    } satisfies World;
  },
};

/** Charger and inverter never fight: with both, the charger wins. */
function ampsOf(cells: Cells, celsius: number, closed: ReadonlySet<string>, peopleW: number): number {
  const restV = SERIES * cells.volts(0, celsius).mean;
  if (closed.has('rs_01')) {
    const slope = SERIES * (cells.volts(1, celsius).mean - cells.volts(0, celsius).mean);
    return Math.max(0, Math.min(CHARGER_W / restV, (CHARGER_HOLDS_V - restV) / slope));
  }
  if (closed.has('rs_02')) return restV < INVERTER_ENDS_V ? 0 : -Math.min(INVERTER_W, peopleW / 0.94) / restV;
  return 0;
}

function decide(asks: { charge: boolean; discharge: boolean }, now: { goneS: number }, surplusW: number, charge: number): void {
  if (surplusW > SURPLUS_W) asks.charge = true;
  if (now.goneS > GONE_S) asks.charge = false;
  if (asks.charge || charge < DISCHARGE_TO) asks.discharge = false;
  else if (charge > DISCHARGE_FROM && surplusW < -100) asks.discharge = true;
}

function truthOf(cells: Cells, amps: number, celsius: number): BatteryTruth {
  const { mean, highest, lowest } = cells.volts(amps, celsius);
  return { id: 'attic_battery', volts: mean * SERIES, highestCellV: highest, lowestCellV: lowest, amps, celsius, charge: cells.charge };
}

interface Speaking {
  readonly cells: Cells;
  readonly amps: number;
  readonly celsius: number;
  readonly panelsW: number;
  readonly gridW: number;
  readonly energies: Readonly<Record<'drawn' | 'injected' | 'panels', number>>;
}

/** Under the ids of the scenario's configuration. */
function said({ cells, amps, celsius, panelsW, gridW, energies }: Speaking): Said[] {
  const { mean, highest, lowest } = cells.volts(amps, celsius);
  const pack = {
    ...{ voltage: mean * SERIES, current: amps, power: mean * SERIES * amps, state_of_charge: Math.round(100 * cells.charge) },
    ...{ cell_voltage_max: Math.round(1_000 * highest) / 1_000, cell_voltage_min: Math.round(1_000 * lowest) / 1_000 },
    ...{ cell_temperature_max: celsius, cell_temperature_min: celsius - 1.5 },
  };
  const index = (wh: number): number => Math.floor(20_000_000 + wh);
  return [
    ['pack', pack],
    ['panels', { power: panelsW, energy: Math.floor(energies.panels) }],
    [
      'linky',
      { apparent_power: Math.max(0, Math.round(gridW)), energy_drawn: index(energies.drawn), energy_injected: index(energies.injected) },
    ],
  ];
}
