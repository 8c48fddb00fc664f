/** A parsed house file against the schemas: every fault at once, each with its place, its words and its mend. */
import type { ErrorObject, SchemaObject, ValidateFunction } from 'ajv';
import type { AnyDriver } from '../drivers/driver.ts';
import type { Language } from '../model.ts';
import { crossCheckAlarms } from './alarm-check.ts';
import { crossCheckCertified } from './certified.ts';
import { crossCheck } from './cross-check.ts';
import { crossCheckControl } from './cross-check-control.ts';
import { type Parsed, parseYaml } from './parse.ts';
import { BATTERY_SCHEMA, COMMON_DEVICE_KEYS, deviceSchema, HOUSE_SCHEMA, RELAY_SCHEMA } from './schema.ts';
import { crossCheckShedding } from './shedding-check.ts';
import type { ConfigProblem } from './types.ts';
import { validatorOf } from './validators.ts';
import { hint, type Said, say, sayError } from './words.ts';

export type Raw = Record<string, unknown>;
export interface Validated {
  /** With defaults filled; only to be used when there are no problems. */
  readonly raw: Raw;
  readonly problems: readonly ConfigProblem[];
}
type Path = readonly (string | number)[];

/** Validates text of a house file; `file` is only named in the problems. Never throws. */
export function validateHouse(text: string, file: string, drivers: readonly AnyDriver[]): Validated {
  const parsed = parseYaml(text);
  const raw = isRecord(parsed.value) ? parsed.value : {};
  const language: Language = raw.language === 'fr' ? 'fr' : 'en';
  const report = createReport(file, parsed, language, drivers);
  for (const fault of parsed.faults) report.at([], say(language, 'yaml', fault.text), fault);
  if (parsed.faults.length > 0) return { raw, problems: report.problems };

  // An empty file is an empty house that forgot its version.
  report.check(validatorOf(HOUSE_SCHEMA), parsed.value ?? raw, []);
  each(raw.devices, (device, index) => {
    const driver = drivers.find(({ type }) => type === device.type);
    if (driver !== undefined)
      return report.check(
        validatorOf(driver, () => deviceSchema(driver)),
        device,
        ['devices', index],
      );
    const types = drivers.map(({ type }) => type);
    const said =
      device.type === undefined
        ? say(language, 'missing', 'type', types.join(', '))
        : {
            ...say(language, 'choice', JSON.stringify(device.type), types.join(', ')),
            ...unknownType(String(device.type), types, language),
          };
    report.at(['devices', index, ...(device.type === undefined ? [] : ['type'])], said);
  });
  each(raw.relays, (relay, index) => report.check(validatorOf(RELAY_SCHEMA), relay, ['relays', index]));
  each(raw.batteries, (battery, index) => report.check(validatorOf(BATTERY_SCHEMA), battery, ['batteries', index]));
  const crossed = [
    ...crossCheck(raw, language),
    ...crossCheckControl(raw, language, drivers),
    ...crossCheckAlarms(raw, language),
    ...crossCheckShedding(raw, language),
    ...crossCheckCertified(raw, language),
  ];
  for (const { path, said } of crossed) report.at(path, said);
  return { raw, problems: report.problems };
}

function unknownType(type: string, types: readonly string[], language: Language): Partial<Said> {
  const mend = hint(type, types, undefined, language);
  return { mend };
}

interface Report {
  readonly problems: ConfigProblem[];
  at(path: Path, said: Said, place?: { readonly line: number; readonly column: number }): void;
  check(validate: ValidateFunction, data: unknown, base: Path): void;
}

function createReport(file: string, parsed: Parsed, language: Language, drivers: readonly AnyDriver[]): Report {
  const problems: ConfigProblem[] = [];
  const at: Report['at'] = (path, said, place = parsed.placeOf(path)) => {
    const { line, column } = place;
    problems.push({ file, line, column, field: fieldName(path), ...said });
  };
  return {
    problems,
    at,
    check(validate, data, base) {
      if (validate(data)) return;
      for (const error of validate.errors ?? []) {
        const path = [...base, ...pointer(error)];
        const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
        const said = sayError(error, { language, known, belongs: (key) => belongs(key, drivers, language) });
        const extra = error.keyword === 'additionalProperties' ? String(error.params.additionalProperty) : undefined;
        if (extra === undefined) at(path, said);
        else at([...path, extra], said, parsed.placeOfKey(path, extra));
      }
    },
  };
}

/** The sections and drivers where an unknown key would have been right. */
function belongs(key: string, drivers: readonly AnyDriver[], language: Language): string | undefined {
  const under = (where: string): string => (language === 'fr' ? `Cette clé se place sous ${where}` : `This key belongs under ${where}`);
  const has = (schema: SchemaObject | undefined): boolean => key in ((schema?.properties as object | undefined) ?? {});
  for (const [section, schema] of Object.entries(HOUSE_SCHEMA.properties as Record<string, SchemaObject>))
    if (has(schema)) return under(`${section}:`);
  const owners = drivers.filter(({ options }) => has(options)).map(({ type }) => `type: ${type}`);
  if (owners.length > 0) return under(owners.join(', '));
  if (COMMON_DEVICE_KEYS.includes(key)) return under('devices:');
  if (has(RELAY_SCHEMA)) return under('relays:');
  return has(BATTERY_SCHEMA) ? under('batteries:') : undefined;
}

function pointer(error: ErrorObject): (string | number)[] {
  return error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function fieldName(path: Path): string {
  return (
    path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
      .join('')
      .replace(/^\./, '') || '(file)'
  );
}

function each(list: unknown, visit: (item: Raw, index: number) => void): void {
  if (!Array.isArray(list)) return;
  for (const [index, item] of list.entries()) if (isRecord(item)) visit(item, index);
}

export function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
