/** A bank of lead-acid cells: what it accepts falls as it fills, what it loses to gas rises, and cold makes it weak. */

export interface LeadCells {
  pass(seconds: number, amps: number, celsius: number): void;
  /** V of one cell at a current (A, positive = charging). */
  volts(amps: number, celsius: number): number;
  /** A that flow when a source holds this voltage (V of one cell). */
  ampsAt(volts: number, celsius: number): number;
  /** Share. */
  readonly charge: number;
}

/** V at rest, empty and from empty to full; twelve-volt tables of six cells: 11.8 and 12.75 V. */
const EMPTY_V = 1.967;
const SPAN_V = 0.158;
/** Below this charge it falls steeply, to 1.75 V when empty. */
const KNEE = 0.08;
const KNEE_V = 2.7;
/** Ω·Ah of one cell; more when nearly empty. */
const OHMS_AH = 0.14;
/** V that gassing needs when all that is offered is accepted. */
const GASSING_V = 0.22;
/** Share of the capacity (A per Ah) accepted when empty, and when full. */
const ACCEPTS = 1.3;
const ACCEPTS_FULL = 0.004;
const PEUKERT = 1.15;
const SURFACE_V = 0.05;
const SURFACE_S = 3_600;
const LOST_PER_MONTH = 0.03;

export function leadCells(capacityAh: number, startCharge: number): LeadCells {
  let charge = startCharge;
  let surface = 0;
  const ohms = (celsius: number): number =>
    (OHMS_AH / capacityAh) * (1 + 2 * Math.max(0, 0.4 - charge)) * (1 + 0.012 * Math.max(0, 25 - celsius));
  const rest = (): number => EMPTY_V + SPAN_V * charge - KNEE_V * Math.max(0, KNEE - charge) + surface;
  /** Of charging: the resistance, and the pressure of gas. */
  const against = (celsius: number): number => ohms(celsius) + GASSING_V / (capacityAh * (ACCEPTS * (1 - charge) + ACCEPTS_FULL));
  return {
    pass(seconds, amps, celsius) {
      const i20 = capacityAh / 20;
      const drawn = amps < -i20 ? amps * (-amps / i20) ** (PEUKERT - 1) : amps;
      // What is given to a nearly full battery goes into gas.
      const kept = charge > 0.85 ? 0.97 - (charge - 0.85) * 3 : 0.97;
      const lost = (LOST_PER_MONTH / 720) * 2 ** ((celsius - 20) / 10) * capacityAh;
      charge = Math.min(1, charge + (((amps > 0 ? amps * kept : drawn) - lost) * seconds) / 3_600 / capacityAh);
      const aim = amps > 0 ? SURFACE_V * Math.min(1, (20 * amps) / capacityAh) : 0;
      // Any load takes it off soon.
      surface += (aim - surface) * (1 - Math.exp(-seconds / (amps < 0 ? SURFACE_S / 4 : SURFACE_S)));
    },
    volts: (amps, celsius) => rest() + amps * (amps > 0 ? against(celsius) : ohms(celsius)),
    ampsAt: (volts, celsius) => (volts - rest()) / (volts > rest() ? against(celsius) : ohms(celsius)),
    get charge() {
      return charge;
    },
  };
}
