/** `boxenergie replay`: a recording, or the simulated house, through the program's own control; a second time with another file. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { formatProblem } from './config/check.ts';
import { demoBatteryYaml } from './config/demo-battery.ts';
import { toHouse } from './config/house.ts';
import type { HouseConfig } from './config/types.ts';
import { validateHouse } from './config/validate.ts';
import { drivers } from './drivers/index.ts';
import type { ReplayOptions, ScenarioName } from './main-options-tools.ts';
import { buildRig } from './main-replay-rig.ts';
import { runScenario, SIMULATED_START_MS } from './main-replay-scenario.ts';
import type { Language } from './model.ts';
import { drive } from './replay/drive.ts';
import { differenceText, outcomeText } from './replay/figures.ts';
import { handClock } from './replay/hand-clock.ts';
import { plotOf } from './replay/plot.ts';
import { openRecording } from './replay/reading.ts';
import { simulate, stepOf } from './replay/simulate.ts';
import type { Outcome } from './replay/types.ts';

export interface Screen {
  write(text: string): void;
  /** Told how far a long simulation is; nothing of it belongs to the result. */
  progress(text: string): void;
}
/** Runs under one configuration; undefined: its own. */
type Run = (house: HouseConfig | undefined) => Promise<Outcome>;

const VIOLATION = { en: 'Violated', fr: 'Non respecté' } as const;
const NOTHING = { relays: [], latches: [], facts: {} };

/** Rejects with a clear word when a file cannot be read or has faults. */
export async function replay(options: ReplayOptions, screen: Screen): Promise<void> {
  const { config, plot, language } = options;
  const other = config === undefined ? undefined : houseOf(await readFile(config, 'utf8'), basename(config));
  const run = options.source.kind === 'recording' ? recorded(options.source.file) : simulated(options.source, language, screen);
  const first = await run(undefined);
  screen.write(outcomeText(first, language));
  if (plot !== undefined) await writeFile(plot, plotOf(first));
  if (other === undefined || config === undefined) return;
  const second = await run(other);
  screen.write(`\n=== ${basename(config)} ===\n${outcomeText(second, language)}\n${differenceText(first, second, language)}`);
  if (plot !== undefined) await writeFile(secondName(plot), plotOf(second));
}

function recorded(file: string): Run {
  return async (other) => {
    const recording = await openRecording(file);
    const { header } = recording;
    const clock = handClock(header.monotonicMs, header.wallMs);
    const rig = await buildRig({ house: other ?? houseOf(header.config, 'recording'), clock, state: header.state });
    return drive(rig, clock, recording);
  };
}

interface Simulated {
  readonly days: number;
  readonly seed: number;
  readonly scenario?: ScenarioName;
}

function simulated({ days, seed, scenario }: Simulated, language: Language, screen: Screen): Run {
  const onDay = (day: number): void => screen.progress(`${day} / ${days} d`);
  return async (other) => {
    if (scenario !== undefined) {
      const result = await runScenario({ name: scenario, days, seed, language, onDay, ...(other !== undefined && { house: other }) });
      const more = result.violationCount - result.violations.length;
      for (const line of result.violations) screen.write(`${VIOLATION[language]}: ${line}\n`);
      if (more > 0) screen.write(`${VIOLATION[language]}: +${more}\n`);
      return result.outcome;
    }
    const clock = handClock(0, SIMULATED_START_MS);
    const stepMs = stepOf(days);
    const house = other ?? houseOf(demoBatteryYaml(language), 'simulated');
    const rig = await buildRig({ house, clock, state: NOTHING, leastPeriodMs: stepMs });
    return simulate(rig, clock, { days, seed, stepMs }, onDay);
  };
}

/** Throws an Error that names every fault. */
function houseOf(text: string, name: string): HouseConfig {
  const { raw, problems } = validateHouse(text, name, drivers);
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  return toHouse(raw);
}

/** `out.svg` and `out.other.svg`. */
function secondName(plot: string): string {
  return plot.endsWith('.svg') ? `${plot.slice(0, -4)}.other.svg` : `${plot}.other`;
}
