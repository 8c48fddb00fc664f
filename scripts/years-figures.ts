/** The figures of a simulated year: each without and with the program in control. Pure. */
import type { runUncontrolled, ScenarioResult } from '../src/main-replay-scenario.ts';
import type { Band } from '../src/replay/world.ts';

export interface Lived {
  readonly name: 'winter' | 'solar' | 'off-grid';
  readonly seed: number;
  readonly days: number;
  readonly result: ScenarioResult;
  readonly alone: ReturnType<typeof runUncontrolled>;
}
/** `alone` is empty where it makes no sense without control. */
export interface Figure {
  readonly label: string;
  readonly alone: string;
  readonly under: string;
}

const whole = (amount: number): string => String(Math.round(amount));
const minutes = (seconds: number): string => `${whole(seconds / 60)} min`;
const hours = (seconds: number): string => `${whole(seconds / 3_600)} h`;
const kwh = (wh: number): string => `${whole(wh / 1_000)} kWh`;

export function figuresOf(lived: Lived): Figure[] {
  const { result, alone } = lived;
  const pair = (label: string, count: string, say: (amount: number) => string): Figure => {
    return { label, alone: say(alone.counts[count] ?? 0), under: say(result.counts[count] ?? 0) };
  };
  const extreme = (label: string, gauge: string, which: 'min' | 'max', say: (amount: number) => string): Figure => {
    const [least = Number.NaN, greatest = Number.NaN] = alone.extremes[gauge] ?? [];
    return { label, alone: say(which === 'min' ? least : greatest), under: say(greatestOf(result, gauge, which)) };
  };
  const tools = { pair, extreme, only: (label: string, under: string): Figure => ({ label, alone: '', under }) };
  const own = { winter: winterFigures, solar: solarFigures, 'off-grid': offGridFigures }[lived.name](lived, tools);
  const { relays, steps, decisions } = result.outcome;
  return [
    ...own,
    ...relays.map(({ name, switches }) => tools.only(`${name}: switched`, `${switches} times`)),
    tools.only('Decisions in the journal', whole(decisions)),
    tools.only('Ticks, each with everything checked', whole(steps)),
    tools.only('Violations', whole(result.violationCount)),
  ];
}

interface Tools {
  pair(label: string, count: string, say: (amount: number) => string): Figure;
  extreme(label: string, gauge: string, which: 'min' | 'max', say: (amount: number) => string): Figure;
  only(label: string, under: string): Figure;
}

function winterFigures({ result }: Lived, { pair, extreme, only }: Tools): Figure[] {
  return [
    pair('The meter opened', 'trips', (trips) => `${trips} times`),
    pair('Above 6 kVA', 'overloadS', minutes),
    extreme('Nearest to opening (the filter in the meter, which opens at 100 %)', 'breaker', 'max', (share) => `${whole(share)} %`),
    extreme('Greatest power', 'va', 'max', (va) => `${whole(va)} VA`),
    only('Energy held back and given later', kwh(result.counts.heldBackWh ?? 0)),
    pair('Living room or bedrooms more than 1.5 K too cold', 'coldRoomS', minutes),
    pair('Cold showers', 'coldShowers', whole),
    pair('Mornings on which the car was not ready', 'carNotReady', whole),
  ];
}

function solarFigures({ result }: Lived, { pair, extreme, only }: Tools): Figure[] {
  return [
    pair('Charged below 0 °C', 'frostChargeS', minutes),
    pair('A cell above 3.65 V', 'overFullS', minutes),
    pair('Charged above 55.5 °C', 'hotChargeS', minutes),
    only('Charger held open by frost (below 0 °C, until 5 °C)', hours(heldBy(result, 'too-cold'))),
    only('Charger held open by heat (55 °C, until 45 °C)', hours(heldBy(result, 'over-temperature'))),
    only('Charger held open by a cell at 3.60 V', hours(heldBy(result, 'over-voltage'))),
    extreme('Hottest battery', 'battery', 'max', (celsius) => `${celsius.toFixed(1)} °C`),
    extreme('Coldest battery', 'battery', 'min', (celsius) => `${celsius.toFixed(1)} °C`),
    extreme('Highest cell', 'cell', 'max', (volts) => `${volts.toFixed(3)} V`),
    extreme('Lowest charge', 'charge', 'min', (percent) => `${percent.toFixed(0)} %`),
    pair('Full charges', 'fulls', whole),
    only('Charge asked for and refused (full, hot, cold, resting)', kwh(result.counts.heldBackWh ?? 0)),
  ];
}

function offGridFigures({ result }: Lived, { pair, extreme, only }: Tools): Figure[] {
  return [
    pair('Below 15 % of the charge', 'belowFloorS', hours),
    extreme('Lowest charge', 'charge', 'min', (percent) => `${whole(Math.max(0, percent))} %`),
    extreme('Lowest voltage', 'volts', 'min', (volts) => `${volts.toFixed(2)} V`),
    extreme('Highest voltage', 'volts', 'max', (volts) => `${volts.toFixed(2)} V`),
    pair('Below half of the charge', 'belowHalfS', hours),
    pair('Full charges (98 %, at least half a day apart)', 'fulls', whole),
    pair('Longest time without one', 'longestS', (seconds) => `${(seconds / 86_400).toFixed(0)} days`),
    pair('At a voltage that makes gas', 'gassingS', hours),
    pair('Lights and pump without power', 'cutS', hours),
    pair('Fridge above 10 °C', 'warmFridgeS', hours),
    extreme('Hottest battery', 'battery', 'max', (celsius) => `${celsius.toFixed(1)} °C`),
    only('Panels held open by 15.0 V', hours(heldBy(result, 'over-voltage'))),
    only('Panels waiting for the cap on changes', hours(heldBy(result, 'changes-per-hour'))),
  ];
}

/** Seconds for which the first relay was as it was for this reason. */
function heldBy({ outcome }: ScenarioResult, detail: string): number {
  const reasons = outcome.relays[0]?.reasons ?? [];
  return reasons.filter((reason) => reason.detail.startsWith(detail)).reduce((sum, { ms }) => sum + ms / 1_000, 0);
}

function greatestOf({ days }: ScenarioResult, gauge: string, which: 'min' | 'max'): number {
  const values = days.map(({ bands }) => (bands[gauge] as Band)[which]);
  return values.reduce((a, b) => (which === 'min' ? Math.min(a, b) : Math.max(a, b)));
}

/** One line that stands in the plot and on the page, so that nobody shows one with the figures of another. */
export function headerOf(lived: Lived): string {
  const told = figuresOf(lived)
    .slice(0, 2)
    .map(({ label, alone, under }) => `${label}: ${under} (without control ${alone})`);
  const { outcome, violationCount } = lived.result;
  return `${lived.name}, seed ${lived.seed}, ${lived.days} days, ${outcome.steps} ticks, ${violationCount} violations. ${told.join('. ')}.`;
}
