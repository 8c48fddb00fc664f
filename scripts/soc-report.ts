/** `node scripts/soc-report.ts`: lives the simulated lives anew and writes docs/state-of-charge.md and its picture. */
import { writeFileSync } from 'node:fs';
import { live } from '../test/energy/life.ts';
import { PLANS } from '../test/energy/plans.ts';
import { page, picture } from './soc-page.ts';

const lives = PLANS.map((plan) => ({ plan, life: live(plan) }));
writeFileSync('docs/state-of-charge.md', page(lives));
writeFileSync('docs/state-of-charge.svg', picture(lives));
for (const { plan, life } of lives) console.log(`${plan.name} (${plan.sensor.name}): ${(100 * life.worst).toFixed(1)} %`);
