/** An all-electric house on a Linky of 6 kVA: three heaters, hot water, a car, and people who cook. */
import { meterBreaker } from '../ports/sim/breaker.ts';
import { createClimate } from '../ports/sim/climate.ts';
import { createPeople } from '../ports/sim/people.ts';
import { RELAYS, type WinterLife, winterLife } from './winter-life.ts';
import type { Said, Scenario, World } from './world.ts';

const LOCAL_MS = 3_600_000;
const DAY_MS = 86_400_000;
const SUBSCRIBED_VA = 6_000;
const POWER_FACTOR = 0.98;
/** Who has no current walks to the meter and presses its button. */
const WALK_S = 600;
/** Above this each second is looked at, W. */
const NEAR_W = 5_700;
const SETTLING_S = 40;
const QUIET_S = 30;

export const winter: Scenario = {
  bounds: {},
  interest: ({ heldBack }) => heldBack?.mean ?? 0,
  create(seed) {
    const [climate, people, life] = [createClimate(seed), createPeople(seed, (ms) => ms + LOCAL_MS), winterLife(seed)];
    const breaker = meterBreaker(SUBSCRIBED_VA);
    const now = { peopleW: 0, outsideC: 5, hour: 0, wh: 0, darkS: 0, changedS: 0, closed: new Set<string>() };
    // What the meters show is what was drawn until now.
    let shown = { va: 0, heater: 0, car: 0 };
    const counts = { trips: 0, darkS: 0, overloadS: 0, heldBackWh: 0 };
    const through = (relay: string): number => (now.darkS <= 0 && now.closed.has(relay) ? life.wouldDraw(relay) : 0);
    const watts = (): number => (now.darkS > 0 ? 0 : RELAYS.reduce((sum, relay) => sum + through(relay), now.peopleW));
    const va = (): number => watts() / POWER_FACTOR;
    const heldBackW = (): number => [...life.asked()].reduce((sum, relay) => sum + (now.closed.has(relay) ? 0 : life.wouldDraw(relay)), 0);
    return {
      settle(wallMs) {
        const localMs = wallMs + LOCAL_MS;
        now.hour = (localMs % DAY_MS) / LOCAL_MS;
        const { outsideC, groundWm2 } = climate.at(wallMs);
        now.outsideC = outsideC;
        now.peopleW = people.watts(wallMs);
        life.settle({ localMs, hour: now.hour, outsideC, sunW: groundWm2 * 1.2 });
      },
      said: () => said(shown, now.wh, now.hour, life),
      wishes() {
        const asked = life.asked();
        return Object.fromEntries(RELAYS.map((relay) => [relay, asked.has(relay)]));
      },
      setRelays(on) {
        const closed = new Set(RELAYS.filter(on));
        if (RELAYS.some((relay) => closed.has(relay) !== now.closed.has(relay))) now.changedS = 0;
        now.closed = closed;
      },
      paceMs: () => 1_000 * (watts() > NEAR_W || now.changedS < SETTLING_S ? 1 : QUIET_S),
      pass(seconds) {
        const power = va();
        shown = { va: power, heater: through('rs_04'), car: through('rs_05') };
        if (power > SUBSCRIBED_VA) counts.overloadS += seconds;
        if (now.darkS > 0) counts.darkS += seconds;
        counts.heldBackWh += (heldBackW() * seconds) / 3_600;
        now.wh += (watts() * seconds) / 3_600;
        life.pass(seconds, through);
        now.darkS -= seconds;
        now.changedS += seconds;
        if (!breaker.feel(power, seconds)) return;
        counts.trips += 1;
        now.darkS = WALK_S;
        breaker.close();
      },
      truth: () => ({
        breaker: { share: breaker.share, opened: counts.trips },
        batteries: [],
        energies: { house: now.wh, ...life.energies },
      }),
      gauges: () => ({
        ...{ va: va(), heldBack: heldBackW(), breaker: 100 * breaker.share, outside: now.outsideC },
        ...{ living: life.roomsC[0] ?? Number.NaN, bedrooms: life.roomsC[1] ?? Number.NaN, tank: life.tankC },
      }),
      counts: () => ({ ...counts, ...life.counts }),
    } satisfies World;
  },
};

/** Under the ids of the scenario's configuration. */
function said(
  { va, heater, car }: { readonly va: number; readonly heater: number; readonly car: number },
  wh: number,
  hour: number,
  life: WinterLife,
): Said[] {
  const volts = 236 - va / 1_500;
  const linky = {
    ...{ apparent_power: Math.round(va), energy_drawn: Math.floor(20_000_000 + wh), current_l1: Math.round(va / volts), voltage_l1: volts },
    ...{ tariff_period: hour >= 22 || hour < 6 ? 'off_peak' : 'peak', subscribed_power: 6, cut_off_power: 6 },
    overload: va > SUBSCRIBED_VA,
  };
  return [
    ['linky', linky],
    ['heater_meter', { power: heater }],
    ['car_meter', { power: car }],
    ['living_room', { temperature: life.roomsC[0] ?? null }],
    ['tank', { temperature: life.tankC }],
  ];
}
