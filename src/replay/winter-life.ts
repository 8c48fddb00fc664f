/** What lives in the all-electric house: rooms that cool, a tank that is drawn from, a car that comes home empty. */
import { type Random, streamOf } from '../ports/sim/random.ts';
import { heatStore, type Store } from '../ports/sim/warmth.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const TANK = { watts: 2_400, jPerK: 840_000, wPerK: 1.6, fullC: 62, againC: 56, coldC: 38 };
const CAR = { watts: 3_000, mostWh: 40_000, readyWh: 1_000 };
/** The thermostat switches this far around what is wanted (K); so much below it people call it cold. */
const THERMOSTAT_K = 0.25;
const COLD_K = 1.5;

interface RoomKind {
  readonly relay: string;
  readonly watts: number;
  readonly wPerK: number;
  readonly jPerK: number;
  readonly gainsW: number;
  /** °C wanted at the local hour. */
  wishC(hour: number): number;
}
const ROOMS: readonly RoomKind[] = [
  {
    ...{ relay: 'rs_01', watts: 2_000, wPerK: 62, jPerK: 9e6, gainsW: 160 },
    wishC: (hour) => (hour >= 6 && hour < 22.5 ? 19.5 : 17.5),
  },
  { ...{ relay: 'rs_02', watts: 1_500, wPerK: 44, jPerK: 6.5e6, gainsW: 60 }, wishC: (hour) => (hour >= 20 || hour < 8 ? 18 : 17) },
  {
    ...{ relay: 'rs_03', watts: 1_000, wPerK: 13, jPerK: 1.6e6, gainsW: 15 },
    wishC: (hour) => ((hour >= 6 && hour < 9) || (hour >= 18 && hour < 21) ? 21 : 18.5),
  },
];
export const RELAYS = [...ROOMS.map(({ relay }) => relay), 'rs_04', 'rs_05'];

export interface Around {
  readonly localMs: number;
  readonly hour: number;
  readonly outsideC: number;
  /** Through the windows, W. */
  readonly sunW: number;
}
export interface WinterLife {
  settle(around: Around): void;
  /** Relays that somebody wants closed. */
  asked(): ReadonlySet<string>;
  /** W that a closed relay lets through now. */
  wouldDraw(relay: string): number;
  pass(seconds: number, drawn: (relay: string) => number): void;
  readonly tankC: number;
  /** Living room, bedrooms, bathroom. */
  readonly roomsC: readonly number[];
  readonly carMissingWh: number;
  readonly energies: { readonly heater: number; readonly car: number };
  readonly counts: { readonly coldRoomS: number; readonly coldShowers: number; readonly carNotReady: number };
}

interface State {
  readonly random: Random;
  readonly rooms: readonly { readonly kind: RoomKind; readonly store: Store; calls: boolean }[];
  readonly tank: { readonly store: Store; heats: boolean; draws: { readonly atMs: number; readonly litres: number }[] };
  readonly car: { missingWh: number; away: boolean };
  readonly energies: { heater: number; car: number };
  readonly counts: { coldRoomS: number; coldShowers: number; carNotReady: number };
  around: Around;
  day: number;
}

export function winterLife(seed: number): WinterLife {
  const state: State = {
    random: streamOf(seed, 3),
    rooms: ROOMS.map((kind) => ({ kind, store: heatStore(18, kind.jPerK, kind.wPerK), calls: false })),
    tank: { store: heatStore(58, TANK.jPerK, TANK.wPerK), heats: false, draws: [] },
    car: { missingWh: 8_000, away: false },
    energies: { heater: 0, car: 0 },
    counts: { coldRoomS: 0, coldShowers: 0, carNotReady: 0 },
    ...{ around: { localMs: 0, hour: 0, outsideC: 5, sunW: 0 }, day: Number.NaN },
  };
  const { rooms, tank, car, energies, counts } = state;
  const wouldDraw = (relay: string): number => {
    if (relay === 'rs_04') return tank.heats ? TANK.watts : 0;
    if (relay === 'rs_05') return car.away || car.missingWh <= 0 ? 0 : CAR.watts;
    return rooms.find(({ kind }) => kind.relay === relay)?.kind.watts ?? 0;
  };
  return {
    settle(around) {
      state.around = around;
      const day = Math.floor(around.localMs / DAY_MS);
      if (day !== state.day) tank.draws = drawsOf(state.random, day);
      state.day = day;
      draw(state);
      moveCar(state);
      thermostats(state);
    },
    asked() {
      // Hot water and the car at off-peak hours.
      const cheap = state.around.hour >= 22 || state.around.hour < 6;
      const called = rooms.filter(({ calls }) => calls).map(({ kind }) => kind.relay);
      return new Set([...called, ...(cheap ? ['rs_04', ...(car.away ? [] : ['rs_05'])] : [])]);
    },
    wouldDraw,
    pass(seconds, drawn) {
      for (const { kind, store } of rooms) {
        const { sunW, outsideC, hour } = state.around;
        store.pass(seconds, drawn(kind.relay) + kind.gainsW + (sunW * kind.wPerK) / 119, outsideC);
        if (kind.relay !== 'rs_03' && store.celsius < kind.wishC(hour) - COLD_K) counts.coldRoomS += seconds;
      }
      tank.store.pass(seconds, drawn('rs_04'), 18);
      energies.heater += (drawn('rs_04') * seconds) / 3_600;
      const wh = (drawn('rs_05') * seconds) / 3_600;
      energies.car += wh;
      car.missingWh = Math.max(0, car.missingWh - 0.9 * wh);
    },
    get tankC() {
      return tank.store.celsius;
    },
    get roomsC() {
      return rooms.map(({ store }) => store.celsius);
    },
    get carMissingWh() {
      return car.missingWh;
    },
    energies,
    counts,
  };
}

/** Showers in the morning and in the evening, dishes in between. Litres out of the tank. */
function drawsOf(random: Random, day: number): State['tank']['draws'] {
  const at = (hour: number, litres: number) => ({ atMs: day * DAY_MS + (hour + random()) * HOUR_MS, litres });
  return [at(6.2, 28), at(6.9, 24), at(12.3, 8), at(19, 14), at(20.7, 24)].sort((a, b) => a.atMs - b.atMs);
}

/** What leaves the tank is replaced by water of 12 °C. */
function draw({ tank, counts, around }: State): void {
  for (let first = tank.draws[0]; first !== undefined && first.atMs <= around.localMs; first = tank.draws[0]) {
    tank.draws.shift();
    tank.store.take(first.litres * 4_186 * (tank.store.celsius - 12));
    if (tank.store.celsius < TANK.coldC) counts.coldShowers += 1;
  }
  if (tank.store.celsius >= TANK.fullC) tank.heats = false;
  if (tank.store.celsius <= TANK.againC) tank.heats = true;
}

/** Away from a quarter to eight until six; what it drove should be back in it by the next morning. */
function moveCar({ car, counts, random, around: { hour } }: State): void {
  const away = hour >= 7.75 && hour < 18;
  if (away === car.away) return;
  car.away = away;
  if (away && car.missingWh > CAR.readyWh) counts.carNotReady += 1;
  if (!away) car.missingWh = Math.min(CAR.mostWh, car.missingWh + 4_000 + 9_000 * random());
}

function thermostats({ rooms, around: { hour } }: State): void {
  for (const room of rooms) {
    const wish = room.kind.wishC(hour);
    if (room.store.celsius <= wish - THERMOSTAT_K) room.calls = true;
    if (room.store.celsius >= wish + THERMOSTAT_K) room.calls = false;
  }
}
