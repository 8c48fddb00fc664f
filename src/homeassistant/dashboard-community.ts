/** The same house on three popular community cards (Mushroom, ApexCharts, Power Flow Card Plus), as an example to paste. Pure. */
import type { Language, Text } from '../model.ts';
import { type Dashboard, houseOf } from './dashboard.ts';
import { type Card, heading, type Resolve, type Section, type Shown, section } from './dashboard-cards.ts';
import type { House } from './dashboard-views.ts';
import type { AnnouncedDevice } from './types.ts';

/** For those who have installed the three cards through HACS; Home Assistant shows an error in place of a card that is absent. */
export function communityDashboard(devices: readonly AnnouncedDevice[], language: Language, resolve: Resolve): Dashboard {
  const house = houseOf(devices, language, resolve);
  const say = (text: Text): string => text[language];
  const sections: Section[] = [
    ...section(heading(say({ en: 'Flow', fr: 'Flux' }), 'mdi:transit-connection-variant'), powerFlow(house)),
    ...section(heading(say({ en: 'Batteries', fr: 'Batteries' }), 'mdi:home-battery'), house.of('battery').flatMap(batteryCard)),
    ...section(heading(say({ en: 'Relays', fr: 'Relais' }), 'mdi:electric-switch'), house.of('relay').flatMap(relayCard)),
    ...section(heading(say({ en: 'Last 24 hours', fr: 'Dernières 24 heures' }), 'mdi:chart-line'), chart(house), 2),
  ];
  const title = say({ en: 'Boxénergie, community cards', fr: 'Boxénergie, cartes de la communauté' });
  const view = { type: 'sections', title: 'Boxénergie', path: 'boxenergie', icon: 'mdi:home-battery', max_columns: 4, sections } as const;
  return { title, views: [view] };
}

/** Grid in VA for want of watts; a battery's own positive is charging, the card's is discharging. */
function powerFlow(house: House): Card[] {
  const grid = house.of('linky').flatMap((one) => one.id('apparent_power') ?? [])[0];
  const solar = house.of('solar').flatMap((one) => one.id('pv_power') ?? [])[0];
  const battery = house.of('battery').find((one) => one.id('power') !== undefined && one.id('state_of_charge') !== undefined);
  if (grid === undefined) return [];
  const entities = {
    grid: { entity: grid },
    ...(solar !== undefined && { solar: { entity: solar } }),
    ...(battery !== undefined && {
      battery: { entity: battery.id('power'), state_of_charge: battery.id('state_of_charge'), invert_state: true },
    }),
  };
  return [{ type: 'custom:power-flow-card-plus', entities, watt_threshold: 1000 }];
}

function batteryCard(one: Shown): Card[] {
  const entity = one.id('state_of_charge') ?? one.id('power') ?? one.id('voltage');
  return entity === undefined ? [] : [{ type: 'custom:mushroom-entity-card', entity, name: one.device.name, icon: 'mdi:battery-high' }];
}

function relayCard(one: Shown): Card[] {
  const { id, name } = one.device;
  const entity = one.id(id);
  return entity === undefined ? [] : [{ type: 'custom:mushroom-entity-card', entity, name, tap_action: { action: 'toggle' } }];
}

function chart(house: House): Card[] {
  const lines = [...house.of('linky'), ...house.of('solar'), ...house.of('meter')].flatMap((one) => {
    const entity = one.id('apparent_power') ?? one.id('pv_power') ?? one.id('power');
    return entity === undefined ? [] : [{ entity, name: one.device.name, group_by: { func: 'avg', duration: '10min' } }];
  });
  return lines.length === 0 ? [] : [{ type: 'custom:apexcharts-card', graph_span: '24h', header: { show: false }, series: lines }];
}
