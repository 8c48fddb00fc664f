/** `npm run bench [-- --minutes 10]`: every figure beside its reference of the same run. Needs mosquitto for those over a broker. */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { startMosquitto } from '../test/broker/mosquitto.ts';
import { benchBatteries } from './batteries.ts';
import { benchControl } from './control.ts';
import { benchLatency } from './latency.ts';
import { benchHouse, benchStart } from './process.ts';
import { show } from './result.ts';
import { benchTicDecode } from './tic-decode.ts';
import { benchTick } from './tick.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } });
show(benchTicDecode());
show(benchBatteries());
show(benchTick());
execFileSync('npm', ['run', '-s', 'build'], { stdio: 'inherit' });
await using broker = await startMosquitto().catch((error: unknown) => {
  console.log(`skipped: no mosquitto (${String(error)})`);
  process.exit(0);
});
show(await benchLatency(broker.url));
show(await benchControl(broker.url));
show(await benchStart(broker.url));
show(await benchHouse(broker.url, Number(values.minutes)));
