/** F27: the index of the Linky goes back, and another meter is hung on the wall. Real frames on the simulated wire. */
import { expect } from 'vitest';
import { WIRING } from '../../src/ports/sim/demo.ts';
import { meterFrame } from '../../src/ports/sim/meter.ts';
import { ticFrame } from '../../src/ports/sim/tic-writer.ts';
import { leave, type Program, program } from './bench.ts';
import { fault } from './fault.ts';

const HOUSE = `version: 1
devices:
  - {id: linky, type: linky, port: ${WIRING.tic}}
relays:
  - {id: rs_01, line: 5}
`;
interface Meter {
  adsc: string;
  index: number;
}

/** What stands on the wire at this moment: only what the test needs to differ is written anew. */
function frame({ adsc, index }: Meter, p: Program): Uint8Array {
  const state = { ...p.simulated.house.meter(), offPeakWh: 0, peakWh: index };
  const text = Buffer.from(meterFrame(state, p.clock.wallMs())).toString('latin1');
  const groups = text
    .slice(1, -1)
    .split('\r')
    .filter((line) => line !== '')
    .map((line) => line.trimStart().split('\t'));
  return ticFrame(
    'standard',
    groups.map(([label = '', ...rest]) => {
      const horodate = rest.length === 3 ? { horodate: rest[0] ?? '' } : {};
      return { label, ...horodate, data: label === 'ADSC' ? adsc : (rest.at(-2) ?? '') };
    }),
  );
}

/** One frame a second for so long; growth in Wh per minute. Gives every total told. */
async function live(p: Program, meter: Meter, minutes: number, perMinute = 20): Promise<number[]> {
  const told: number[] = [];
  for (let s = 0; s < minutes * 60; s += 1) {
    if (s % 60 === 59) meter.index += perMinute;
    p.simulated.serial.wire(WIRING.tic).send(frame(meter, p), 9600);
    await p.clock.advance(1_000);
    const total = p.state('linky').energy_drawn;
    if (typeof total === 'number') told.push(total);
  }
  return told;
}
const falls = (told: readonly number[]): number => told.filter((total, i) => total < (told[i - 1] ?? 0)).length;
const events = (p: Program, word: string): string[] => p.logs.filter((line) => line.startsWith(`warning linky.energy_drawn: ${word}`));

fault('F27', 'meter index decreases / meter replaced / ADSC changes', 'new cycle, total stays monotonic, event raised', async () => {
  const p = await program({ text: HOUSE });
  const meter: Meter = { adsc: '061234567890', index: 5_000_000 };
  p.simulated.serial.wire(WIRING.tic);
  const told = await live(p, meter, 2);
  const first = told.at(-1) ?? Number.NaN;
  expect(first).toBe(5_000_040);

  // One damaged frame with a good checksum: not believed, not counted twice.
  meter.index -= 1_000;
  told.push(...(await live(p, meter, 0.1)));
  meter.index += 1_000;
  told.push(...(await live(p, meter, 2)));
  expect([told.at(-1), events(p, 'restarted-lower').length]).toEqual([first + 40, 0]);

  // It stays lower: a new cycle of the same meter after ten minutes of doubt.
  meter.index = 100;
  told.push(...(await live(p, meter, 12)));
  const lower = events(p, 'restarted-lower');
  expect(lower.length).toBe(1);
  const doubted = told.at(-1) ?? 0;
  const before = meter.index;
  told.push(...(await live(p, meter, 3)));
  expect((told.at(-1) ?? 0) - doubted).toBe(meter.index - before);

  // Another meter with a lower index, and one with a higher one.
  const steps: number[] = [];
  for (const index of [7, 9_000_000]) {
    meter.adsc = index === 7 ? '061234567891' : '061234567892';
    meter.index = index;
    const last = told.at(-1) ?? 0;
    told.push(...(await live(p, meter, 3)));
    steps.push((told.at(-1) ?? 0) - last);
  }
  const replaced = events(p, 'meter-replaced');
  expect(replaced.length).toBe(2);
  // What the new meter counted before is not ours: at most what it grew here.
  expect(Math.max(...steps)).toBeLessThanOrEqual(60);
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(40);
  expect(falls(told)).toBe(0);
  return `one lower frame: refused, 0 events; index back to 100: after 10 min one new cycle ("${lower[0]?.replace('warning ', '')}"); two meters replaced: ${replaced.length} events, the total grew by ${steps.join(' and ')} Wh while each counted 60; ${told.length} totals told, ${falls(told)} fell; ${await leave(p)}`;
});
