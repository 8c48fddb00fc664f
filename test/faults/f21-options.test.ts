/** F21 and F22: files that people got wrong. */
import { expect } from 'vitest';
import { readBootstrap } from '../../src/config/bootstrap.ts';
import { formatProblem } from '../../src/config/check.ts';
import { loadHouse } from '../../src/config/load.ts';
import type { LoadedConfig } from '../../src/config/types.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { drivers } from '../../src/drivers/index.ts';
import { WIRING } from '../../src/ports/sim/demo.ts';
import { closed, leave, program } from './bench.ts';
import { fault } from './fault.ts';

const HOUSE = `version: 1
devices:
  - {id: linky, type: linky, port: ${WIRING.tic}}
  - {id: probe_1, type: ds18b20, sensor: 28-0000000000b1}
  - {id: probe_2, type: ds18b20, sensor: 28-0000000000c1}
relays:
  - {id: rs_01, line: 5}
  - {id: rs_02, line: 6}
  - {id: rs_03, line: 13}
batteries:
  - {id: one, chemistry: lfp, temperatures: [probe_1.temperature], charge_relays: [rs_01]}
  - {id: two, chemistry: lfp, temperatures: [probe_2.temperature], charge_relays: [rs_02]}
alarms:
  rules:
    - {id: warm, device: probe_1, value: temperature, when: above, raise: 40, clear: 35}
`;
const load = (text: string, copy?: string): Promise<LoadedConfig> =>
  loadHouse({
    ...{ path: '/config/house.yaml', copyPath: '/data/last-good.yaml', drivers },
    files: { read: async (path) => (path.startsWith('/config') ? text : copy), writeAtomic: async () => undefined },
  });

/** What is wrong, the field that must be named, who does not run, and which relays are held. */
const WRONG: readonly (readonly [
  what: string,
  right: string,
  wrong: string,
  field: string,
  without: readonly string[],
  held: readonly string[],
])[] = [
  ['wrong kind', 'sensor: 28-0000000000c1', 'sensor: 28', 'devices[2].sensor', ['probe_2', 'two'], ['rs_02']],
  ['wrong unit', 'sensor: 28-0000000000c1', 'sensor: 28-0000000000c1, period_s: 5 s', 'devices[2].period_s', ['probe_2', 'two'], ['rs_02']],
  ['unknown key', 'id: two, chemistry', 'id: two, cut_f: 120, chemistry', 'batteries[1].cut_f', ['two'], ['rs_01', 'rs_02', 'rs_03']],
  ['release ≥ cut', 'id: two, chemistry', 'id: two, warning_c: 50, cut_c: 45, chemistry', 'batteries[1].cut_c', ['two'], ['rs_02']],
  ['clear ≥ raise', 'clear: 35', 'clear: 45', 'alarms.rules[0].clear', ['warm'], []],
  ['relay', 'id: rs_03, line: 13', 'id: rs_03, line: 13, lease_s: 15 min', 'relays[2].lease_s', [], ['rs_03']],
];

async function one(what: string, text: string, field: string, without: readonly string[], held: readonly string[]): Promise<void> {
  const loaded = await load(text);
  expect([what, loaded.source, loaded.problems.map((problem) => problem.field)]).toEqual([what, 'part', [field]]);
  const p = await program({ text, loaded, alive: true });
  await p.clock.advance(20_000);
  const running = [...loaded.house.devices, ...loaded.house.batteries, ...loaded.house.alarms.rules].map(({ id }) => id);
  const all = ['linky', 'probe_1', 'probe_2', 'one', 'two', 'warm'];
  expect([what, running]).toEqual([what, all.filter((id) => !without.includes(id))]);
  expect(p.state('linky').energy_drawn).toBeGreaterThan(0);
  expect(Number(p.state('probe_1').temperature)).toBeGreaterThan(-55);
  expect(p.state('bridge')).toMatchObject({ configuration: true, configuration_detail: expect.stringContaining(field) });
  for (const [id, line] of [
    ['rs_01', 5],
    ['rs_02', 6],
    ['rs_03', 13],
  ] as const) {
    p.command(id, id, 'ON');
    await p.clock.advance(2_000);
    expect([what, id, closed(p.simulated, line)]).toEqual([what, id, !held.includes(id)]);
  }
  for (const id of held) expect(p.state(id)).toMatchObject({ [`${id}_reason`]: 'interlock', [`${id}_reason_detail`]: 'configuration' });
  await leave(p);
}

fault(
  'F21',
  'option file invalid, wrong unit, threshold inverted (release ≥ cut)',
  'refuses to start the affected device only, names the field; others run',
  async () => {
    for (const [what, right, wrong, field, without, held] of WRONG) await one(what, HOUSE.replace(right, wrong), field, without, held);
    const kept = await load(HOUSE.replace('clear: 35', 'clear: 45'), HOUSE);
    expect(kept).toMatchObject({ source: 'last-known-good', problems: [{ field: 'alarms.rules[0].clear' }] });
    const options = readBootstrap('{"log_level":"loud","config_file":"x.yaml"}', 'options');
    expect([options.options.logLevel, options.options.configFile, options.problems.map(({ field }) => field)]).toEqual([
      'info',
      'x.yaml',
      ['log_level'],
    ]);
    const [first] = (await load(HOUSE.replace('id: two, chemistry', 'id: two, warning_c: 50, cut_c: 45, chemistry'))).problems;
    return `${WRONG.length} files (${WRONG.map(([what]) => what).join(', ')}): each time only the entry named did not run, what it guarded was held open whoever asked, Linky and the other battery ran; e.g. "${first === undefined ? '' : formatProblem(first)}"; where a last good copy exists, that runs whole; a wrong option: its default, named (${options.problems[0]?.field})`;
  },
);

fault('F22', 'duplicate unique ids, two devices on one GPIO, interlocked relays both on', 'refused at validation', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['one id twice', HOUSE.replace('id: probe_2', 'id: probe_1'), 'devices[2].id'],
    ['a device and a battery of one id', HOUSE.replace('id: two,', 'id: linky,'), 'batteries[1].id'],
    ['two relays on one GPIO', HOUSE.replace('line: 6', 'line: 5'), 'relays[1].line'],
    [
      'a relay and a pulse meter on one GPIO',
      HOUSE.replace('relays:\n', '  - {id: water, type: pulse, line: 6, medium: water}\nrelays:\n'),
      'relays[1].line',
    ],
    [
      'interlocked relays both at rest on',
      HOUSE.replace('line: 5', "line: 5, group: g, safe: 'on'").replace('line: 6', "line: 6, group: g, safe: 'on'"),
      'relays[0].group',
    ],
  ];
  const told = cases.map(([what, text, field]) => {
    const { problems } = validateHouse(text, 'house.yaml', drivers);
    expect([what, problems.map((problem) => problem.field)]).toEqual([what, expect.arrayContaining([field])]);
    const problem = problems.find((each) => each.field === field);
    return `${what}: ${problem?.field} at line ${problem?.line}, ${problem?.problem}`;
  });
  expect(validateHouse(HOUSE, 'h', drivers).problems).toEqual([]);
  return `${told.length} files refused: ${told.join('; ')}; the right file has 0 problems`;
});
