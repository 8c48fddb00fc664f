/** `node scripts/soc-report.ts`: lives the simulated lives anew and writes docs/state-of-charge.md, its picture and the figures of many lives. */
import { writeFileSync } from 'node:fs';
import { live } from '../test/energy/life.ts';
import { manyLives } from '../test/energy/many-lives.ts';
import { PLANS } from '../test/energy/plans.ts';
import { page, picture } from './soc-page.ts';

const lives = PLANS.map((plan) => ({ plan, life: live(plan) }));
const many = manyLives(120);
writeFileSync('docs/state-of-charge-lives.json', `${JSON.stringify(many, undefined, 2)}\n`);
writeFileSync('docs/state-of-charge.md', page(lives, many));
writeFileSync('docs/state-of-charge.svg', picture(lives));
for (const { plan, life } of lives) console.log(`${plan.name} (${plan.sensor.name}): ${(100 * life.worst).toFixed(1)} %`);
console.log(many);
