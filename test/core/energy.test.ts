/**
 * The Energy dashboard of a real Home Assistant: it takes what we offer without a word, and its statistics are the truth of
 * the dials to 1 Wh. Core's clock is put forward at each start, so that an hour passes within a minute.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoYaml } from '../../src/config/demo.ts';
import { type Mosquitto, startMosquitto } from '../broker/mosquitto.ts';
import { complaintsAboutUs } from './complaints.ts';
import { type Core, startCore } from './core.ts';
import { clockAt } from './fake-time.ts';
import { type Meter, startMeter } from './meter.ts';
import { type Ear, type Program, startEar, startProgram } from './program.ts';
import { absentIn, statesIn } from './registry.ts';
import { eventually } from './waiting.ts';

const MINUTE_MS = 60_000;
/** The full hour that the test crosses, on Core's clock: far enough ahead, as that clock only goes forward. */
const hourMs = (Math.ceil(Date.now() / (60 * MINUTE_MS)) + 1) * 60 * MINUTE_MS;
const FIRST = { offPeakWh: 4_000_000, peakWh: 7_000_000 };

let broker: Mosquitto;
let core: Core;
let ear: Ear;
let meter: Meter;
let real: Program;
let simulated: Program;
beforeAll(async () => {
  broker = await startMosquitto();
  ear = await startEar(broker.url);
  meter = await startMeter(FIRST.offPeakWh, FIRST.peakWh);
  const house = `version: 1\ndevices:\n  - id: meter\n    type: linky\n    name: Meter\n    mode: standard\n    port: ${meter.port}\n`;
  real = await startProgram(ear, broker.url, [], house);
  simulated = await startProgram(ear, broker.url, ['--simulate'], demoYaml('en'));
  core = await startCore(clockAt(hourMs - 20 * MINUTE_MS));
  await core.useBroker(broker.port);
});
afterAll(async () => {
  await Promise.all([real, simulated, meter, ear].map((one) => one?.[Symbol.asyncDispose]()));
  await core?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

const numberOf = async (entityId: string): Promise<number> => Number((await statesIn(core)).get(entityId)?.state);
async function untilDials(): Promise<void> {
  const { offPeakWh, peakWh } = meter.dials;
  const total = async (): Promise<boolean> => (await numberOf('sensor.meter_energy_drawn')) === offPeakWh + peakWh;
  await eventually('Core shows the dials', total);
  expect([await numberOf('sensor.meter_easf01'), await numberOf('sensor.meter_easf02')]).toEqual([offPeakWh, peakWh]);
}

interface Row {
  readonly start: number;
  readonly state: number;
  readonly sum: number;
}
const METER = ['sensor.meter_easf01', 'sensor.meter_easf02', 'sensor.meter_energy_drawn'] as const;
const statistics = (period: 'hour' | '5minute'): Promise<Record<string, Row[]>> =>
  core.ask('recorder/statistics_during_period', {
    start_time: new Date(hourMs - 60 * MINUTE_MS).toISOString(),
    statistic_ids: METER,
    period,
    units: { energy: 'Wh' },
    types: ['state', 'sum'],
  });

/** Core rests while `meanwhile` happens, and wakes at this moment: it first compiles the statistics of what it missed. */
async function sleepUntil(wallMs: number, meanwhile = (): void => undefined): Promise<void> {
  await core.stop();
  meanwhile();
  await core.start(clockAt(wallMs));
  await untilDials();
  await untilAllThere();
}
async function untilAllThere(): Promise<void> {
  for (const { install } of [real, simulated])
    await eventually('all have a state', async () => (await absentIn(core, install)).length === 0);
}

test('the sums begin at zero with what the dials show first, and follow them through a restart of Core', async () => {
  await untilDials();
  await untilAllThere();
  await core.ask('call_service', { domain: 'switch', service: 'turn_on', target: { entity_id: 'switch.rs_02' } });
  meter.dials.offPeakWh += 17;
  meter.dials.peakWh += 1;
  await untilDials();
  await eventually('the water heater draws', async () => (await numberOf('sensor.heater_meter_power')) > 2_000);
  await sleepUntil(hourMs - 10 * MINUTE_MS, () => {
    meter.dials.offPeakWh += 1_234;
  });
  const rows = await statistics('5minute');
  expect(METER.map((id) => rows[id]?.at(-1)?.sum)).toEqual([17, 1, 18]);
});

test('the Energy dashboard takes the indexes, one grid source each, the devices and the water', async () => {
  await core.ask('energy/save_prefs', preferences());
  expect(await issues()).toEqual([]);
});

test('an hour with two restarts of Core in it equals the dials to 1 Wh', async () => {
  meter.dials.peakWh += 4_321;
  await untilDials();
  await sleepUntil(hourMs + MINUTE_MS);
  const rows = await statistics('hour');
  const { offPeakWh, peakWh } = meter.dials;
  const [offPeak, peak] = [offPeakWh - FIRST.offPeakWh, peakWh - FIRST.peakWh];
  expect([offPeak, peak]).toEqual([17 + 1_234, 1 + 4_321]);
  const start = hourMs - 60 * MINUTE_MS;
  expect(METER.map((id) => rows[id])).toMatchObject([
    [{ start, state: offPeakWh, sum: offPeak }],
    [{ start, state: peakWh, sum: peak }],
    [{ start, state: offPeakWh + peakWh, sum: offPeak + peak }],
  ]);
});

test('Core finds nothing wrong with our statistics', async () => {
  expect(await core.ask('recorder/validate_statistics')).toEqual({});
  expect(await issues()).toEqual([]);
  expect([...complaintsAboutUs(core, real.install), ...complaintsAboutUs(core, simulated.install)]).toEqual([]);
});

/** What the dashboard would complain about, source by source. */
async function issues(): Promise<unknown[]> {
  const found = await core.ask<{ energy_sources: unknown[]; device_consumption: unknown[] }>('energy/validate');
  expect(found.energy_sources.length).toBeGreaterThan(1);
  expect(found.device_consumption).toHaveLength(1);
  return Object.values(found).flat(2);
}

/** Each tariff index at its own price (EUR/kWh); from 2026.3 on a grid connection is one flat object, and there may be many. */
function preferences(): Record<string, unknown> {
  const indexes = [
    { stat_energy_from: 'sensor.meter_easf01', stat_cost: null, entity_energy_price: null, number_energy_price: 0.1696 },
    { stat_energy_from: 'sensor.meter_easf02', stat_cost: null, entity_energy_price: null, number_energy_price: 0.2146 },
  ];
  const water = {
    type: 'water',
    stat_energy_from: 'sensor.water_volume',
    stat_cost: null,
    entity_energy_price: null,
    number_energy_price: null,
  };
  const device = { stat_consumption: 'sensor.heater_meter_energy' };
  const [year = 0, month = 0] = (process.env.HASS_VERSION ?? '').split('.').map(Number);
  if (year < 2026 || (year === 2026 && month < 3)) {
    const grid = { type: 'grid', flow_from: indexes, flow_to: [], cost_adjustment_day: 0 };
    return { energy_sources: [grid, water], device_consumption: [device] };
  }
  const none = { stat_energy_to: null, stat_compensation: null, entity_energy_price_export: null, number_energy_price_export: null };
  return {
    energy_sources: [...indexes.map((index) => ({ type: 'grid', ...index, ...none, cost_adjustment_day: 0 })), water],
    device_consumption: [{ ...device, stat_rate: 'sensor.heater_meter_power' }],
  };
}
