/** The built-in cards that our dashboards are made of, and how a card finds the entity of a device. Pure. */
import type { Entity, Language, Quantity, Text } from '../model.ts';
import { platformOf } from './classes.ts';
import { objectId } from './topics.ts';
import type { AnnouncedDevice } from './types.ts';
import { IN_WORDS } from './words.ts';

export type Card = Readonly<Record<string, unknown>> & { readonly type: string };
export interface Section {
  readonly type: 'grid';
  readonly cards: readonly Card[];
  readonly column_span?: number;
}
export interface View {
  readonly type: 'sections';
  readonly title: string;
  readonly path: string;
  readonly icon: string;
  readonly max_columns: number;
  readonly sections: readonly Section[];
}

/** The entity id of a key in this house; undefined where there is none to show. */
export type Resolve = (device: AnnouncedDevice, key: string) => string | undefined;

/** What the program will be called before Home Assistant was asked: without what only some devices have, and what is switched off. */
export const declaredIds: Resolve = (device, key) => {
  const entity = device.description.entities[key];
  if (entity === undefined || entity.attributeOf !== undefined || entity.disabled === true || entity.whenSeen === true) return undefined;
  return `${platformOf(entity)}.${objectId(device.id, key)}`;
};

/** One device, its entities by key, in the language of the house. */
export interface Shown {
  readonly device: AnnouncedDevice;
  /** Entities that exist, in the order of the declaration. */
  readonly keys: readonly string[];
  id(key: string): string | undefined;
  entity(key: string): Entity | undefined;
  tile(key: string, more?: Readonly<Record<string, unknown>>): Card[];
  /** Tiles of all that are of one of these quantities and neither diagnostic nor in `without`. */
  tiles(quantities: readonly Quantity[], without?: readonly string[]): Card[];
}

export function show(device: AnnouncedDevice, resolve: Resolve, language: Language): Shown {
  const { entities } = device.description;
  const keys = Object.keys(entities).filter((key) => resolve(device, key) !== undefined);
  const tile: Shown['tile'] = (key, more = {}) => {
    const entity = resolve(device, key);
    if (entity === undefined) return [];
    // A code is for automations.
    const words = entities[key]?.quantity === 'enum' && { state_content: IN_WORDS };
    return [{ type: 'tile', entity, name: entities[key]?.name[language] ?? key, ...words, ...more }];
  };
  return {
    device,
    keys,
    id: (key) => resolve(device, key),
    entity: (key) => entities[key],
    tile,
    tiles: (quantities, without = []) =>
      keys
        .filter(
          (key) => !without.includes(key) && entities[key]?.diagnostic !== true && quantities.includes(entities[key]?.quantity ?? 'text'),
        )
        .flatMap((key) => tile(key)),
  };
}

export function heading(text: string, icon: string): Card {
  return { type: 'heading', heading: text, icon };
}

/** Nothing at all where there is nothing to show below the heading. */
export function section(head: Card, cards: readonly Card[], columns = 1): Section[] {
  return cards.length === 0 ? [] : [{ type: 'grid', ...(columns > 1 && { column_span: columns }), cards: [head, ...cards] }];
}

/** The last day of some entities in one graph. */
export function dayGraph(entities: readonly (string | undefined)[], title: Text, language: Language): Card[] {
  const drawn = entities.filter((id) => id !== undefined);
  if (drawn.length === 0) return [];
  return [{ type: 'history-graph', title: title[language], hours_to_show: 24, entities: drawn.map((entity) => ({ entity })) }];
}

/** What was drawn each day of the last month, as bars. */
export function energyBars(entities: readonly (string | undefined)[], title: Text, language: Language): Card[] {
  const drawn = entities.filter((id) => id !== undefined);
  if (drawn.length === 0) return [];
  const rest = { chart_type: 'bar', period: 'day', days_to_show: 30, stat_types: ['change'] };
  return [{ type: 'statistics-graph', title: title[language], entities: drawn.map((entity) => ({ entity })), ...rest }];
}

/** Only those that are on now; nothing is drawn when all is well. */
export function onlyOn(entities: readonly string[], title: Text, language: Language): Card[] {
  if (entities.length === 0) return [];
  const conditions = [{ condition: 'state', state: 'on' }];
  return [{ type: 'entity-filter', entities, conditions, show_empty: false, card: { type: 'entities', title: title[language] } }];
}
