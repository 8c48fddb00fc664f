/** `npm run years`: lives a year in each scenario's house, side by side, and writes docs/years.md with its pictures. `-- 30`: thirty days, nothing written. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { SCENARIO_NAMES, type ScenarioName } from '../src/main-options-tools.ts';
import { runScenario, runUncontrolled, SCENARIO } from '../src/main-replay-scenario.ts';
import { figuresOf, type Lived } from './years-figures.ts';
import { pageOf } from './years-page.ts';
import { pictureOf } from './years-plot.ts';

const YEAR = 365;

async function live(name: ScenarioName, days: number): Promise<Lived> {
  const run = { name, days, seed: 1, language: 'en' } as const;
  return { ...run, alone: runUncontrolled(run), result: await runScenario(run) };
}

function lived(name: ScenarioName, days: number): Promise<Lived> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { name, days } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function main(days: number): Promise<void> {
  const lives = await Promise.all(SCENARIO_NAMES.map((name) => lived(name, days)));
  for (const one of lives) {
    console.log(`\n${one.name}`.padEnd(77), 'without control', '       with it');
    for (const { label, alone, under } of figuresOf(one)) console.log(`  ${label.padEnd(74)} ${alone.padStart(15)} ${under.padStart(14)}`);
    for (const violation of one.result.violations) console.log(`  VIOLATED ${violation}`);
  }
  if (lives.some(({ result }) => result.violationCount > 0)) process.exitCode = 1;
  if (days !== YEAR) return;
  mkdirSync('docs/years', { recursive: true });
  writeFileSync('docs/years.md', pageOf(lives));
  for (const one of lives) writeFileSync(`docs/years/${one.name}.svg`, pictureOf(one));
  for (const name of SCENARIO_NAMES) writeFileSync(`docs/years/${name}.yaml`, SCENARIO[name].yaml('en'));
}

if (isMainThread) await main(Number(process.argv[2] ?? YEAR));
else parentPort?.postMessage(await live(workerData.name, workerData.days));
