/** Things that warm up and cool down: a room, a tank of hot water, a battery in an attic. Each one heat store with one loss. */

export interface Store {
  readonly celsius: number;
  /** `watts` in, against surroundings of `aroundC`; exact for any length. */
  pass(seconds: number, watts: number, aroundC: number): void;
  /** Cold water or opened windows: takes heat out at once (J). */
  take(joules: number): void;
}

/** `joulesPerKelvin`: what it holds; `wattsPerKelvin`: what it loses. */
export function heatStore(startC: number, joulesPerKelvin: number, wattsPerKelvin: number): Store {
  let celsius = startC;
  return {
    get celsius() {
      return celsius;
    },
    pass(seconds, watts, aroundC) {
      const aim = aroundC + watts / wattsPerKelvin;
      celsius = aim + (celsius - aim) * Math.exp((-seconds * wattsPerKelvin) / joulesPerKelvin);
    },
    take(joules) {
      celsius -= joules / joulesPerKelvin;
    },
  };
}
