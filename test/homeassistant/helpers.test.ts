/** The helper buttons: each does its one thing when pressed, nothing twice, and says in words what came of it. */
import { describe, expect, test } from 'vitest';
import { devicesOfHouse } from '../../src/app-declared.ts';
import { toHouse } from '../../src/config/house.ts';
import { validateHouse } from '../../src/config/validate.ts';
import { drivers } from '../../src/drivers/index.ts';
import { entitiesIn } from '../../src/homeassistant/dashboard.ts';
import { declaredIds, type Resolve } from '../../src/homeassistant/dashboard-cards.ts';
import type { BlueprintFile } from '../../src/homeassistant/help-blueprints.ts';
import type { Helper } from '../../src/homeassistant/helper-device.ts';
import { createHelpers } from '../../src/homeassistant/helpers.ts';
import type { AnnouncedDevice } from '../../src/homeassistant/types.ts';
import type { Language } from '../../src/model.ts';
import { HomeAssistantFault } from '../../src/ports/homeassistant-types.ts';
import { virtualClock } from '../../src/ports/sim/clock.ts';
import { declaredDevices } from '../core/declared.ts';
import { type FakeHome, fakeHome, INSTALL } from './home.ts';

const house = declaredDevices('en').map((device): AnnouncedDevice => (device.id === 'bat_01' ? { ...device, place: 'Cellar' } : device));
/** Also what only some devices have: a real house has some of it. */
const seen: Resolve = (device, key) => {
  const plain = declaredIds(device, key);
  return plain ?? (/^(hchc|hchp|energy_injected|charged_energy|discharged_energy)$/.test(key) ? `sensor.${device.id}_${key}` : undefined);
};
const FILE: BlueprintFile = { path: 'boxenergie/one.yaml', yaml: 'blueprint:\n  name: One\n' };

interface Desk {
  readonly home: FakeHome;
  readonly clock: ReturnType<typeof virtualClock>;
  readonly told: string[];
  press(helper: Helper): Promise<string>;
}
function desk(language: Language = 'en', files: readonly BlueprintFile[] = [FILE], devices = house): Desk {
  const home = fakeHome(devices, seen);
  const clock = virtualClock();
  const told: string[] = [];
  const helpers = createHelpers({
    ...{ homeAssistant: home, devices, install: INSTALL, language, clock },
    blueprints: async () => files,
    tell: (text) => void told.push(text),
    log: () => undefined,
  });
  return {
    ...{ home, clock, told },
    async press(helper) {
      helpers.press(helper);
      const before = told.length;
      while (told.length === before) await new Promise((resolve) => setImmediate(resolve));
      return told.at(-1) ?? '';
    },
  };
}

describe('the dashboard', () => {
  test('is created once, with entities that exist, and never written again', async () => {
    const { home, press } = desk();
    expect(await press('create_dashboard')).toMatch(/^The dashboard is in the side bar: \/boxenergie-a1b2c3, 4 views, \d+ entities/);
    const made = home.dashboards.get(`boxenergie-${INSTALL}`);
    expect(entitiesIn(made)).toContain('switch.rs_01');
    home.dashboards.set(`boxenergie-${INSTALL}`, { views: ['changed by hand'] });
    expect(await press('create_dashboard')).toContain('already there');
    expect(home.dashboards.get(`boxenergie-${INSTALL}`)).toEqual({ views: ['changed by hand'] });
    expect(home.sessions).toBe(0);
  });

  test('half made because the connection was lost: is completed at the next press', async () => {
    const { home, press } = desk('fr');
    home.fail.set('lovelace/config/save', () => Promise.reject(new Error('connexion perdue')));
    expect(await press('create_dashboard')).toBe("Cela n'a pas marché : connexion perdue");
    home.fail.clear();
    expect(await press('create_dashboard')).toContain('4 vues');
  });

  test('is not made of nothing', async () => {
    const { home, press } = desk();
    home.fail.set('config/entity_registry/list', () => Promise.reject(new Error('x')));
    await press('create_dashboard');
    expect(home.dashboards.size).toBe(0);
  });
});

describe('blueprints', () => {
  test('are put there once; what is there stays, what is refused is named', async () => {
    const { home, press } = desk('en', [FILE, { path: 'boxenergie/bad.yaml', yaml: 'nothing' }]);
    expect(await press('install_blueprints')).toMatch(
      /^1 blueprints installed, 0 already there and left as they are, 1 refused: boxenergie\/bad/,
    );
    home.blueprints.set(FILE.path, 'changed');
    expect(await press('install_blueprints')).toContain('0 blueprints installed, 1 already there');
    expect(home.blueprints.get(FILE.path)).toBe('changed');
  });

  test('none is no failure', async () => {
    expect(await desk('fr', []).press('install_blueprints')).toBe("Cette version n'apporte aucun blueprint");
  });
});

test('areas follow the place, labels the part; what people set stays', async () => {
  const { home, press } = desk();
  home.areas.push('cellar');
  expect(await press('sort_devices')).toBe(`1 devices put into areas, ${house.length} labelled`);
  expect(home.areas).toEqual(['cellar']);
  const battery = home.deviceChanges.find(({ device_id }) => device_id === 'dev_bat_01');
  expect(battery).toEqual({ device_id: 'dev_bat_01', area_id: 'id_cellar', labels: ['mine', 'id_Boxénergie', 'id_Battery'] });
  expect(new Set(home.labels).size).toBe(home.labels.length);
  home.deviceChanges.length = 0;
  expect(await press('sort_devices')).toBe('0 devices put into areas, 0 labelled');
  expect(home.deviceChanges).toEqual([]);
});

test('owner and chemistry are labels too: those that are there are taken, each is made once', async () => {
  const yaml = `version: 1
language: fr
devices:
  - {id: bat_01, type: ina219, address: 0x40, owner: Marie Curie}
relays:
  - {id: rs_01, line: 5, owner: Marie Curie}
batteries:
  - {id: bank, chemistry: lead-acid, owner: Pierre, place: Cave, voltage: bat_01.bus_voltage}
`;
  const { raw, problems } = validateHouse(yaml, 'h', drivers);
  expect(problems).toEqual([]);
  const { home, press } = desk('fr', [FILE], devicesOfHouse(toHouse(raw), drivers, virtualClock()));
  home.labels.push('mariecurie');
  await press('sort_devices');
  const changes = new Map(home.deviceChanges.map(({ device_id, ...change }) => [device_id, change]));
  expect(changes.get('dev_bat_01')).toEqual({ labels: ['mine', 'id_Boxénergie', 'id_Batterie', 'id_mariecurie'] });
  expect(changes.get('dev_rs_01')).toEqual({ labels: ['mine', 'id_Boxénergie', 'id_Relais', 'id_mariecurie'] });
  expect(changes.get('dev_bank')).toEqual({
    area_id: 'id_Cave',
    labels: ['mine', 'id_Boxénergie', 'id_Batterie', 'id_Pierre', 'id_Plomb'],
  });
  expect(home.labels.filter((name) => name.startsWith('Marie'))).toEqual([]);
  expect(new Set(home.labels).size).toBe(home.labels.length);
});

describe('energy settings', () => {
  test('nothing is written before it was shown and accepted', async () => {
    const { home, press } = desk();
    expect(await press('apply_energy')).toContain('Press Propose first');
    expect(await press('propose_energy')).toMatch(/^\d+ additions proposed/);
    expect(home.asked).not.toContain('energy/save_prefs');
    expect(home.notifications.get('boxenergie_energy')).toContain('+ solar: sensor.solar_energy_generated');
    expect(await press('apply_energy')).toMatch(/^\d+ additions made/);
    expect(home.notifications.size).toBe(0);
    expect(await press('propose_energy')).toBe('Nothing to add to the energy settings');
  });

  test('one grid connection for each index that counts, what is injected with the first', async () => {
    const { home, press } = desk();
    home.states = { 'sensor.linky_hchc': '1000', 'sensor.linky_hchp': '2000' };
    await press('propose_energy');
    await press('apply_energy');
    const sources = home.preferences?.energy_sources ?? [];
    expect(sources.filter(({ type }) => type === 'grid').map((row) => [row.stat_energy_from, row.stat_energy_to])).toEqual([
      ['sensor.linky_hchc', 'sensor.linky_energy_injected'],
      ['sensor.linky_hchp', null],
    ]);
    expect(sources.find(({ type }) => type === 'battery')).toEqual({
      type: 'battery',
      stat_energy_from: 'sensor.bank_discharged_energy',
      stat_energy_to: 'sensor.bank_charged_energy',
      power_config: { stat_rate_inverted: 'sensor.bank_power' },
      stat_soc: 'sensor.bank_state_of_charge',
    });
    expect(home.preferences?.device_consumption).toContainEqual({
      stat_consumption: 'sensor.heater_meter_energy',
      stat_rate: 'sensor.heater_meter_power',
      name: 'Water heater meter',
    });
  });

  test('what is there stays as it is, and a grid of somebody else gets none beside it', async () => {
    const { home, press } = desk();
    const theirs = { type: 'grid', stat_energy_from: 'other:meter', anything: 1 };
    home.preferences = { energy_sources: [theirs], device_consumption: [{ stat_consumption: 'sensor.oven' }] };
    await press('propose_energy');
    expect(home.notifications.get('boxenergie_energy')).toContain('left out: the grid');
    await press('apply_energy');
    expect(home.preferences.energy_sources.filter(({ type }) => type === 'grid')).toEqual([theirs]);
    expect(home.preferences.energy_sources.map(({ type }) => type)).toContain('water');
    expect(home.preferences.device_consumption[0]).toEqual({ stat_consumption: 'sensor.oven' });
  });

  test('the sum of the indexes and its parts never stand side by side', async () => {
    const { home, press } = desk();
    home.preferences = { energy_sources: [{ type: 'grid', stat_energy_from: 'sensor.linky_energy_drawn' }], device_consumption: [] };
    await press('propose_energy');
    await press('apply_energy');
    expect(home.preferences.energy_sources.filter(({ type }) => type === 'grid')).toHaveLength(1);
  });

  test('settings that changed meanwhile are shown again before anything is written', async () => {
    const { home, press } = desk();
    await press('propose_energy');
    home.preferences = { energy_sources: [{ type: 'solar', stat_energy_from: 'sensor.solar_energy_generated' }], device_consumption: [] };
    expect(await press('apply_energy')).toContain('no longer those of the proposal');
    expect(home.asked).not.toContain('energy/save_prefs');
    expect(await press('apply_energy')).toContain('additions made');
  });

  test('a proposal is forgotten after half an hour, and an old Home Assistant is told', async () => {
    const { home, clock, press } = desk();
    await press('propose_energy');
    await clock.advance(31 * 60_000);
    expect(await press('apply_energy')).toContain('Press Propose first');
    home.version = '2026.2.3';
    expect(await press('propose_energy')).toContain('2026.3 or newer');
  });
});

describe('the desk', () => {
  test('does one thing at a time', async () => {
    const { home, told, press } = desk();
    let go = (): void => undefined;
    home.fail.set('lovelace/dashboards/list', () => new Promise<never>((_, reject) => (go = () => reject(new Error('later')))));
    const first = press('create_dashboard');
    await new Promise((resolve) => setImmediate(resolve));
    void press('install_blueprints');
    expect(told).toEqual(['Working…', 'The step before is still at work']);
    go();
    await first;
    expect(home.blueprints.size).toBe(0);
  });

  test('gives up after a minute, closes the session and can be used again', async () => {
    const { home, clock, told, press } = desk();
    home.fail.set('lovelace/dashboards/list', () => new Promise<never>(() => undefined));
    const first = press('create_dashboard');
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(61_000);
    await first;
    expect(told.at(-1)).toBe('It did not work: Home Assistant took too long');
    expect(home.sessions).toBe(0);
    home.fail.clear();
    expect(await press('install_blueprints')).toContain('1 blueprints installed');
  });

  test('Home Assistant absent is a sentence', async () => {
    const { home, press } = desk('fr');
    home.open = () => Promise.reject(new HomeAssistantFault('absent', 'ws://x'));
    expect(await press('sort_devices')).toBe("Cela n'a pas marché : Home Assistant ne répond pas");
  });
});
