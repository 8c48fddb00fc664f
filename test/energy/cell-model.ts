/** A battery that behaves: charge acceptance, losses, polarisation, self-discharge. The truth against which a gauge is judged. */
import { CELL_FACTS } from '../../src/energy/cell-facts.ts';
import { restVolts } from '../../src/energy/open-circuit.ts';
import type { Chemistry } from '../../src/model.ts';

/** What this battery is; a gauge is told something else. */
export interface Nature {
  readonly chemistry: Chemistry;
  readonly capacityAh: number;
  readonly cells: number;
  readonly efficiency: number;
  readonly peukert: number;
  /** Share in 30 days at 20 °C. */
  readonly selfDischarge: number;
  readonly ohms: number;
  /** V by which a cell at rest lies above the table: makers differ. */
  readonly restShiftV: number;
  /** V of one cell at which a charger holds. */
  readonly holdV: number;
}
export interface RealBattery {
  /** `offeredA`: what sources would give; `loadA`: what is drawn. Returns the current through the battery, positive when charging. */
  step(seconds: number, offeredA: number, loadA: number, celsius: number): number;
  readonly soc: number;
  readonly volts: number;
}

const POLAR_S = 600;
const SURFACE_S = 5_400;

export function realBattery(nature: Nature, startSoc: number): RealBattery {
  const facts = CELL_FACTS[nature.chemistry];
  const lead = facts.nominalV === 2;
  const polarOhms = 1.5 * nature.ohms;
  let soc = startSoc;
  let polar = 0;
  let surface = 0;
  let volts = 0;
  return {
    step(seconds, offeredA, loadA, celsius) {
      const acceptA = nature.capacityAh * (lead ? 1.2 : 4) * (1 - soc) + (lead ? 0.002 * nature.capacityAh : 0);
      const held = offeredA - loadA > acceptA;
      const amps = soc <= 0 ? Math.max(0, offeredA - loadA) : Math.min(offeredA - loadA, acceptA);
      const i20 = nature.capacityAh / 20;
      const drawn = amps < -i20 ? amps * (-amps / i20) ** (nature.peukert - 1) : amps;
      const lost = (nature.selfDischarge / 720) * 2 ** ((celsius - 20) / 10) * nature.capacityAh;
      const change = (amps > 0 ? amps * nature.efficiency : drawn) - lost;
      soc = Math.min(1, Math.max(0, soc + (change * seconds) / 3600 / nature.capacityAh));
      polar += (amps * polarOhms - polar) * Math.min(1, seconds / POLAR_S);
      const aimed = lead && amps > 0 ? 0.04 * nature.cells : 0;
      surface += (aimed - surface) * Math.min(1, seconds / SURFACE_S);
      const rest = (restVolts(facts, soc) + nature.restShiftV + facts.restPerKelvin * (celsius - 25)) * nature.cells;
      const holdV = (nature.holdV + facts.chargedPerKelvin * (celsius - 25)) * nature.cells;
      volts = held ? holdV : Math.min(holdV, rest + amps * nature.ohms + polar + surface);
      return amps;
    },
    get soc() {
      return soc;
    },
    get volts() {
      return volts;
    },
  };
}
