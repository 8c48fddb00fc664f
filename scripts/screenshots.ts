/**
 * Walks through a real, empty Home Assistant as a newcomer, up to the energy dashboard, and keeps a picture of each step in
 * docs/pictures. Run by scripts/test-homeassistant --screenshots.
 */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { demoYaml } from '../src/config/demo.ts';
import { startMosquitto } from '../test/broker/mosquitto.ts';
import { type Core, startCore } from '../test/core/core.ts';
import { type Program, startEar, startProgram } from '../test/core/program.ts';
import { absentIn, devicesIn } from '../test/core/registry.ts';
import { eventually } from '../test/core/waiting.ts';

const FOLDER = 'docs/pictures';
const MOST_BYTES = 120_000;
/** Pages draw themselves bit by bit. */
const SETTLE_MS = 4_000;
const PATIENCE_MS = 40_000;

/** One guarded battery more than the simulated house has: its energy is counted. */
const PACK = `batteries:
  - {id: pack, name: Cellar battery, chemistry: agm, nominal_v: 12, capacity_ah: 100, voltage: bat_01.bus_voltage, current: bat_01.current}
`;

let steps = 0;
async function picture(page: Page, name: string): Promise<void> {
  steps += 1;
  await page.waitForTimeout(SETTLE_MS);
  const path = `${FOLDER}/walk-${String(steps).padStart(2, '0')}-${name}.png`;
  await page.screenshot({ path });
  const { size } = statSync(path);
  console.log(`${path}: ${Math.ceil(size / 1000)} kB${size > MOST_BYTES ? ', TOO LARGE' : ''}`);
  if (size > MOST_BYTES) process.exitCode = 1;
}

async function openPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 760 }, locale: 'en-GB', timezoneId: 'Europe/Paris' });
  context.setDefaultTimeout(PATIENCE_MS);
  return context.newPage();
}

/** Home Assistant's own first steps: an owner, a home, nothing shared. Returns the token of this browser. */
async function onboard(page: Page, core: Core): Promise<string> {
  await page.goto(core.url);
  await page.getByText('Create my smart home').first().waitFor();
  await picture(page, 'welcome');
  await page.getByText('Create my smart home').first().click();
  await page.locator('input[name=name]').fill('Alex');
  await page.locator('input[name=username]').fill('alex');
  for (const field of ['password', 'password_confirm']) await page.locator(`input[name=${field}]`).fill('a-walk-through');
  await picture(page, 'owner');
  await page.getByRole('button', { name: /create account/i }).click();
  while (page.url().includes('onboarding')) {
    const next = page.getByRole('button', { name: /^(next|finish)/i }).last();
    await next.click({ timeout: 5_000 }).catch(() => undefined);
    await page.waitForTimeout(1_500);
  }
  // Asked once of a Core whose file names its address, as that of these tests does.
  await page
    .getByRole('button', { name: /^confirm$/i })
    .click({ timeout: 40_000 })
    .catch(() => undefined);
  const tokens = await page.waitForFunction('localStorage.getItem("hassTokens")');
  return (JSON.parse(String(await tokens.jsonValue())) as { access_token: string }).access_token;
}

/** The broker, as a person enters it who does not use the Supervisor. */
async function addMqtt(page: Page, core: Core, port: number): Promise<void> {
  await page.goto(`${core.url}/config/integrations/dashboard/add?domain=mqtt`);
  await page.getByRole('button', { name: /^ok$/i }).last().click();
  await page.locator('input[name=broker]').fill('127.0.0.1');
  await page.locator('input[type=number]').first().fill(String(port));
  await picture(page, 'mqtt');
  await page.getByRole('button', { name: /^submit$/i }).click();
  const there = (): Promise<boolean> => core.ask<unknown[]>('config_entries/get', { domain: 'mqtt' }).then((entries) => entries.length > 0);
  await eventually('Home Assistant knows the broker', there);
}

async function walk(page: Page, core: Core, program: Program): Promise<void> {
  const go = async (path: string, name: string): Promise<void> => {
    await page.goto(`${core.url}${path}`);
    await picture(page, name);
  };
  const app = (await devicesIn(core, program.install)).get('bridge')?.id ?? '';
  const press = async (key: string, said: RegExp): Promise<void> => {
    await core.ask('call_service', { domain: 'button', service: 'press', target: { entity_id: `button.boxenergie_${key}` } });
    const result = async (): Promise<string> =>
      (await core.ask<{ entity_id: string; state: string }[]>('get_states')).find(({ entity_id }) => entity_id.endsWith('_helper_result'))
        ?.state ?? '';
    await eventually(`${key} is done`, async () => said.test(await result()));
  };
  await go('/config/integrations/integration/mqtt', 'devices');
  await go(`/config/devices/device/${app}`, 'buttons');
  await press('sort_devices', /labelled/);
  await press('create_dashboard', /side bar/);
  const dashboard = `/boxenergie-${program.install}`;
  await go(`${dashboard}/house`, 'overview');
  await go(`${dashboard}/batteries`, 'batteries');
  await go(`${dashboard}/linky`, 'linky');
  await go(`${dashboard}/relays`, 'relays');
  // Core's own word about parts of it that are not installed here.
  await core.ask('call_service', { domain: 'persistent_notification', service: 'dismiss_all' });
  await press('propose_energy', /proposed/);
  await page.goto(`${core.url}/config/devices/device/${app}`);
  await page.getByText('Notifications').first().click();
  await picture(page, 'energy-proposal');
  await press('apply_energy', /made/);
  const issues = async (): Promise<unknown[]> => Object.values(await core.ask<Record<string, unknown[]>>('energy/validate')).flat(2);
  await eventually('Core has made its first statistics', async () => (await issues()).length === 0, 400_000);
  await go('/config/energy', 'energy-settings');
  await go('/energy', 'energy');
}

mkdirSync(FOLDER, { recursive: true });
for (const name of readdirSync(FOLDER)) if (name.startsWith('walk-')) rmSync(`${FOLDER}/${name}`);
{
  await using broker = await startMosquitto();
  await using core = await startCore({}, { empty: true });
  await using ear = await startEar(broker.url);
  await using browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const page = await openPage(browser);
  try {
    const token = await onboard(page, core);
    await core.enter(token);
    await addMqtt(page, core, broker.port);
    const yaml = demoYaml('en').replaceAll(/^( {4}name: Battery \d\n)/gm, '$1    place: Cellar\n') + PACK;
    const options = ['--simulate', '--home-assistant', core.url];
    await using program = await startProgram(ear, broker.url, options, yaml, { BOXENERGIE_HA_TOKEN: token });
    await eventually('everything has a state', async () => (await absentIn(core, program.install)).length === 0);
    await walk(page, core, program);
  } catch (error) {
    await page.screenshot({ path: `${process.env.TMPDIR ?? '/tmp'}/walk-failed.png` });
    console.error(error);
    process.exitCode = 1;
  }
}
process.exit();
