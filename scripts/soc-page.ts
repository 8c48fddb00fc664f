/** The page on the state of charge: a table and a plot of the simulated lives. Pure. */
import { axisOf, drawingOf, type Panel } from '../src/replay/svg.ts';
import type { Life, Plan } from '../test/energy/life.ts';
import type { ManyLives } from '../test/energy/many-lives.ts';

export interface Lived {
  readonly plan: Plan;
  readonly life: Life;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** `docs/state-of-charge.md`. */
export function page(lives: readonly Lived[], many: ManyLives): string {
  const rows = lives.map(({ plan, life }) => {
    const { worst, settled, mean, kept, promised, offsetA } = life;
    const learned = `${Math.round(1000 * offsetA)} mA`;
    const bound = plan.bound === undefined ? 'none' : `${100 * plan.bound} %${plan.learns ? ' from the second full charge' : ''}`;
    const later = settled === 0 ? '–' : percent(settled);
    return `| ${plan.name} | ${plan.sensor.name} | ${learned} | ${percent(mean)} | ${percent(worst)} | ${later} | ${bound} | ${percent(promised)} | ${percent(kept)} |`;
  });
  return `# State of charge: how far it can be trusted

Made by \`node scripts/soc-report.ts\`; \`test/energy/life.test.ts\` fails when a bound is exceeded or this page is not what the program gives.

Each line is thirty simulated days of a battery of 100 Ah, read every five seconds. The people of the simulated house draw from it, the sun
gives by day up to 85 %, from 80 % down, a charger fills it on the days of a full charge. The battery is not the one that the program is told
of: it holds 98 Ah instead of 100; efficiency (AGM 93 instead of 94 %, LFP and NMC 99.3 instead of 99 %), Peukert exponent (1.12 for 1.15, 1.02
for 1.05), self-discharge (3 for 2 % a month) and voltage at rest (4 to 8 mV a cell) differ from the table, and it has charge acceptance,
polarisation and surface charge of its own. The sensor, which stands in for the whole driver, has an offset that drifts by 5 mA, noise, steps and a wrong gain. The
INA219 with a shunt of 75 mV at 100 A shows 133 mA while nothing flows, its worst case; of the INA228 the file says \`current_offset_a: 0.01\`.

| Life | Sensor | Offset learned | Mean error | Largest error | Largest since the second full charge | Bound | Published ± (mean) | Truth within it |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

Errors are shares of the capacity, counted from the first full charge on. The first figure of a battery nobody has seen full is a guess.

![True and counted state of charge over thirty days](state-of-charge.svg)

## What is promised instead

With every state of charge the program publishes *true within ±*: what the counting may be off by (offset, losses, silences) and, the further
the battery is from where its charge was last told, what a capacity that nobody has measured may be off by. ${many.lives} more lives prove
it: AGM, LFP and NMC, worn to 80 % or a little better than their label, with any efficiency, self-discharge and voltage at rest that is usual for their
chemistry, offsets up to the worst of either sensor, a full charge every day, every third, every seventh, every fourteenth or on the first day
only, at rest by night or never. The program is told chemistry and label.

- The truth lay within ± for ${percent(many.kept)} of the time; in ${many.keeping} of ${many.lives} lives for at least 99 % of theirs.
- The mean ± was ${percent(many.promised)}, the mean error ${percent(many.mean)}, the largest ${percent(many.worst)}.

What the lines without a bound show:

- A cheap sensor that never sees the battery at rest cannot learn its offset before the second full charge. Let a relay open both ways for a
  night, or use a better sensor.
- A worn battery looks fuller than it is, until a discharge to empty, or a long rest below half, has told its capacity.
- Without full charges, what the efficiency of lithium is off by adds up: half a per cent of half a capacity a day.

What it does not show: real batteries. The model has no ageing within the month, no uneven cells, no temperature of its own, and its voltage at
rest differs from the table by a constant only.
`;
}

/** `docs/state-of-charge.svg`. */
export function picture(lives: readonly Lived[]): string {
  const panels = lives.map(({ plan, life }): Panel => {
    const points = life.points.filter((_, hour) => hour % 3 === 2);
    return {
      title: `${plan.name} (${plan.sensor.name})`,
      y: axisOf(0, 100, ' %'),
      lines: [
        { name: 'confidence', colour: '#999', dash: '2 3', points: points.map(({ day, confidence }) => [day, confidence] as const) },
        { name: 'true charge', colour: '#000', points: points.map(({ day, truth }) => [day, 100 * truth] as const) },
        { name: 'counted charge', colour: '#c22', points: points.map(({ day, soc }) => [day, soc === null ? null : 100 * soc] as const) },
      ],
    };
  });
  const marks = [0, 5, 10, 15, 20, 25, 30].map((day) => [day, day === 0 ? 'day' : String(day)] as const);
  return drawingOf({ title: 'True and counted state of charge over thirty days', sections: [{ x: { from: 0, to: 30, marks }, panels }] });
}
