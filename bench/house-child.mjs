/** The reference house, compiled: Linky standard, four INA219 at 1 Hz, four pulse inputs at 10 Hz. Tells its memory and CPU when asked. */
const dist = new URL('../dist/', import.meta.url).href;
const [url = '', directory = ''] = process.argv.slice(2);

const pick = async (path, name) => (await import(`${dist}${path}`))[name];
const run = await pick('app.js', 'run');
const demoYaml = await pick('config/demo.js', 'demoYaml');
const toHouse = await pick('config/house.js', 'toHouse');
const validateHouse = await pick('config/validate.js', 'validateHouse');
const systemClock = await pick('ports/clock.js', 'systemClock');
const simulatedHouse = await pick('ports/sim/demo.js', 'simulatedHouse');
const openStore = await pick('store/store.js', 'openStore');
const drivers = await pick('drivers/index.js', 'drivers');

const pulses = [22, 23].map((line) => `  - {id: pulse_${line}, type: pulse, line: ${line}, medium: electricity}\n`).join('');
const yaml = demoYaml('en').replace('relays:', `${pulses}relays:`);
const clock = systemClock();
const simulated = simulatedHouse(clock);
const controller = new AbortController();
simulated.live(controller.signal);
const beat = () => {
  for (const line of [17, 27, 22, 23]) simulated.gpio.pulse(line);
  clock.after(100, beat);
};
beat();
// The demonstration shows more than the house that the targets speak of.
const REFERENCE = ['linky', 'ina219', 'pulse'];
const house = toHouse(validateHouse(yaml, 'bench', drivers).raw);
const devices = house.devices.filter(({ type }) => REFERENCE.includes(type));
let since = { cpu: process.cpuUsage(), at: performance.now() };
process.on('message', (word) => {
  if (word === 'begin') since = { cpu: process.cpuUsage(), at: performance.now() };
  if (word !== 'tell') return;
  const { user, system } = process.cpuUsage(since.cpu);
  process.send?.({ rssMb: process.memoryUsage.rss() / 1e6, cpuPercent: (user + system) / 10 / (performance.now() - since.at) });
});
await run({
  loaded: { source: 'file', house: { ...house, devices }, problems: [] },
  drivers,
  ports: simulated.ports,
  clock,
  signal: controller.signal,
  log: () => undefined,
  version: '0',
  random: () => 0,
  openStore: () => openStore({ directory, clock }),
  findBroker: async () => ({ url }),
  onView: () => undefined,
});
