/** The JSON Schema that editors use for the house file, generated from the same schemas as the validation. */
import type { SchemaObject } from 'ajv';
import type { AnyDriver } from '../drivers/driver.ts';
import { BATTERY_SCHEMA, deviceSchema, HOUSE_SCHEMA, RELAY_SCHEMA } from './schema.ts';

/** JSON Schema draft 7. What has a default need not be written, so it is not required here. */
export function editorSchema(drivers: readonly AnyDriver[]): SchemaObject {
  const properties = HOUSE_SCHEMA.properties as Record<string, SchemaObject>;
  const house: SchemaObject = {
    ...HOUSE_SCHEMA,
    properties: {
      ...properties,
      devices: { ...properties.devices, items: { oneOf: drivers.map(deviceSchema) } },
      relays: { ...properties.relays, items: RELAY_SCHEMA },
      batteries: { ...properties.batteries, items: BATTERY_SCHEMA },
    },
  };
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Boxénergie', ...(forEditors(house) as SchemaObject) };
}

/** Both languages in the description; no keyword of our own; nothing required that has a default; null not offered. */
function forEditors(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(forEditors);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { fr, description, required, nullable: _, ...rest } = schema as Record<string, unknown>;
  const properties = rest.properties as Record<string, { default?: unknown }> | undefined;
  const needed = (required as string[] | undefined)?.filter((key) => properties?.[key]?.default === undefined);
  return {
    ...Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [key, key === 'default' || key === 'enum' ? value : forEditors(value)]),
    ),
    ...(description !== undefined && { description: typeof fr === 'string' ? `${String(description)} / ${fr}` : description }),
    ...(needed !== undefined && needed.length > 0 && { required: needed }),
  };
}
