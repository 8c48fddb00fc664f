/** F9: contacts that are welded or do not close, seen by an auxiliary contact, by the load's own meter, and by load-shedding. */
import { expect } from 'vitest';
import { WIRING } from '../../src/ports/sim/demo.ts';
import { fault } from './fault.ts';
import { HOUSE, type Program, program } from './house.ts';

const UNIT = 7;
const REGISTERS = `  - id: contacts
    type: modbus
    port: ${WIRING.rs485}
    unit: ${UNIT}
    period_s: 1
    registers:
      - {key: charger, name: C, kind: discrete, address: 0, quantity: opening}
      - {key: tank_w, name: W, kind: input, address: 0, type: u16, quantity: power}
`;
const TEXT = HOUSE.replace('relays:\n', `${REGISTERS}relays:\n`)
  .replace('min_off_s: 60}', 'min_off_s: 5, feedback: contacts.charger, max_changes_per_hour: 20}')
  .replace('override_minutes: 0}', 'override_minutes: 0, feedback: contacts.tank_w, max_changes_per_hour: 20}')
  .concat('    automatic: false\n');
const SHEDDING = `shedding:
  meter: linky
  limit: 6000
  loads:
    - {id: tank, relay: rs_02, kind: water_heater, priority: 9, power: 2400}
    - {id: heating, relay: rs_03, kind: heating, priority: 5, power: 1500}
`;
type Stuck = 'welded' | 'open' | undefined;

/** The contacts behind the relays: those that stick do not do what the coil says, and the house feels the contact. */
function contacts(p: Program) {
  const stuck: Record<string, Stuck> = {};
  const closed = (relay: string): boolean => (stuck[relay] === undefined ? p.on(relay) : stuck[relay] === 'welded');
  const feel = (): void =>
    p.house.setRelays({ charger: closed('rs_01'), waterHeater: closed('rs_02'), heating: closed('rs_03'), ventilation: false });
  p.gpio.onOutput(feel);
  p.modbus.port(WIRING.rs485).units.set(UNIT, {
    read: (code, address) => (address !== 0 ? undefined : code === 2 ? Number(closed('rs_01')) : closed('rs_02') ? 2400 : 0),
  });
  return (relay: string, how: Stuck): void => {
    stuck[relay] = how;
    feel();
  };
}

async function started(text: string): Promise<{ p: Program; stick: ReturnType<typeof contacts> }> {
  const p = await program({ text });
  const stick = contacts(p);
  await p.run(12);
  return { p, stick };
}
const switched = async (p: Program, relay: string, on: boolean): Promise<void> => {
  p.ask(relay, relay, on ? 'ON' : 'OFF');
  await p.until(`${relay} ${on}`, 20, () => p.on(relay) === on);
};
const faulty = (p: Program, relay: string, most: number): Promise<number> =>
  p.until(
    `the fault of ${relay}`,
    most,
    () => p.state(relay)[`${relay}_fault`] === true && p.state('alarm')[`alarm_${relay}_fault`] === true,
  );

fault('F9', 'contact welded, then another stuck open, with an auxiliary contact', 'fault ≤ 10 s; alarm', async () => {
  const { p, stick } = await started(TEXT);
  stick('rs_01', 'open');
  await switched(p, 'rs_01', true);
  const open = await faulty(p, 'rs_01', 10);
  expect(p.state('rs_01').rs_01_fault_detail).toBe('stuck-open');
  expect(p.on('rs_01')).toBe(false);
  stick('rs_01', undefined);
  p.ask('rs_01', 'rs_01', 'OFF');
  await p.run(400);
  expect(p.state('rs_01').rs_01_fault).toBe(false);
  await switched(p, 'rs_01', true);
  await p.run(20);
  stick('rs_01', 'welded');
  await switched(p, 'rs_01', false);
  const welded = await faulty(p, 'rs_01', 10);
  expect(p.state('rs_01')).toMatchObject({ rs_01_reason: 'interlock', rs_01_fault_detail: 'welded' });
  p.ask('rs_01', 'rs_01', 'ON');
  await p.run(60);
  expect(p.on('rs_01')).toBe(false);
  return `stuck open: fault and alarm after ${open} s; welded: after ${welded} s, latched, no longer driven; ${await p.stop()}`;
});

fault('F9', 'contact welded, then stuck open twice, with a meter behind it', 'fault ≤ 60 s by meter step; alarm', async () => {
  const { p, stick } = await started(TEXT);
  stick('rs_02', 'open');
  await switched(p, 'rs_02', true);
  await p.run(60);
  // Once may be a thermostat that is satisfied; twice is not.
  expect(p.state('rs_02').rs_02_fault).toBe(false);
  await switched(p, 'rs_02', false);
  await switched(p, 'rs_02', true);
  const open = await faulty(p, 'rs_02', 60);
  stick('rs_02', undefined);
  p.ask('rs_02', 'rs_02', 'OFF');
  await p.run(400);
  await switched(p, 'rs_02', true);
  await p.run(30);
  stick('rs_02', 'welded');
  await switched(p, 'rs_02', false);
  const welded = await faulty(p, 'rs_02', 60);
  return `stuck open: fault and alarm ${open} s after the second closing; welded: after ${welded} s; ${await p.stop()}`;
});

fault('F9', 'the load to be shed is welded on', 'others are shed; alarm', async () => {
  const { p, stick } = await started(`${TEXT}${SHEDDING}`);
  await p.run(1_500);
  for (const relay of ['rs_02', 'rs_03']) {
    p.ask(relay, relay, 'ON');
    await p.until(relay, 600, () => p.on(relay));
    await p.run(60);
  }
  // Past the least time on of a water heater.
  await p.run(600);
  stick('rs_02', 'welded');
  const calm = p.house.meter.bind(p.house);
  p.house.meter = () => ({ ...calm(), va: calm().va + 2_000 });
  const tank = await p.until('the tank to be shed', 60, () => p.state('rs_02').rs_02_reason !== 'request');
  const heating = tank + (await p.until('the heating to be shed', 120, () => !p.on('rs_03')));
  expect(p.state('rs_03').rs_03_reason).toBe('shedding');
  const alarm = await faulty(p, 'rs_02', 60);
  return `an oven comes on: tank shed after ${tank} s in vain, heating after ${heating} s, alarm after ${heating + alarm} s; ${await p.stop()}`;
});
