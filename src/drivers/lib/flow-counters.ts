/** What flowed into and out of a battery, from a chip that counts in hardware: nothing is lost between two readings. */

export interface CounterSteps {
  /** Coulombs of one step of the charge counter, joules of one step of the energy counter. */
  readonly coulombs: number;
  readonly joules: number;
  /** Largest believable current in A and voltage in V: more than they allow was not counted but misread. */
  readonly amps: number;
  readonly volts: number;
}
/** Both counters have 40 bits: charge is signed, energy counts both directions upwards. */
export interface CounterReading {
  readonly charge: number;
  readonly energy: number;
  readonly atMs: number;
}
export interface Flow {
  /** Ah and Wh since the counters were first read, none ever decreases. */
  readonly charge_in: number;
  readonly charge_out: number;
  readonly energy_in: number;
  readonly energy_out: number;
}

const WRAP = 2 ** 40;
/** Steps between two readings are rounded, and the chip's clock is not ours. */
const TOLERANCE = 1.25;
const PER_HOUR = 3600;

/**
 * `forget` when the chip began again from zero. `correct` turns coulombs and the seconds they took into the battery's
 * (sign, gain, offset); the energy of a reading goes where its charge went, because the chip gives it no sign.
 */
export function flowCounters(steps: CounterSteps, correct: (coulombs: number, seconds: number) => number) {
  let last: CounterReading | undefined;
  const flow = { charge_in: 0, charge_out: 0, energy_in: 0, energy_out: 0 };
  const add = (coulombs: number, joules: number): void => {
    const way = coulombs < 0 ? 'out' : 'in';
    flow[`charge_${way}`] += Math.abs(coulombs) / PER_HOUR;
    flow[`energy_${way}`] += joules / PER_HOUR;
  };
  return {
    forget(): void {
      last = undefined;
    },
    take(reading: CounterReading): Flow {
      if (last !== undefined) {
        const seconds = (reading.atMs - last.atMs) / 1000;
        const coulombs = signedStep(last.charge, reading.charge) * steps.coulombs;
        const joules = ((((reading.energy - last.energy) % WRAP) + WRAP) % WRAP) * steps.joules;
        const most = steps.amps * (seconds + 1) * TOLERANCE;
        if (Math.abs(coulombs) <= most && joules <= most * steps.volts) {
          const corrected = correct(coulombs, seconds);
          // The same factor for both: a gain of the current is one of the power, an offset moves both.
          add(corrected, coulombs === 0 ? 0 : joules * Math.abs(corrected / coulombs));
        }
      }
      last = reading;
      return { ...flow };
    },
  };
}

/** The way from one value of a 40-bit counter to another, past its end if that is shorter. */
function signedStep(from: number, to: number): number {
  const up = (((to - from) % WRAP) + WRAP) % WRAP;
  return up >= WRAP / 2 ? up - WRAP : up;
}
