/** The Supervisor's rules for what lies beside config.yaml: the repository's layout, translations, the AppArmor profile. */
import { basename } from 'node:path';
import { isObject, type Schema, type SchemaElement } from './supervisor-options.ts';

const CONFIGURATION = /\.(yaml|yml|json)$/;

/**
 * Traps of a repository whose root is the app (supervisor/store/data.py, apps/build.py): `paths` as git lists them.
 * Apps are found by a file named config at any depth, outside dot folders and `rootfs`; build and repository files are
 * found at any depth, dot folders included.
 */
export function layoutProblems(paths: readonly string[]): string[] {
  const missing = ['config.yaml', 'repository.yaml', 'Dockerfile'].filter((root) => !paths.includes(root));
  return [...missing.map((root) => `${root}: missing in the root`), ...paths.flatMap(pathProblem)];
}

function pathProblem(path: string): string[] {
  const name = basename(path);
  if (!CONFIGURATION.test(name)) return [];
  const stem = name.replace(CONFIGURATION, '');
  const hidden = path.split('/').some((part) => part.startsWith('.') || part === 'rootfs');
  const traps: readonly (readonly [sprung: boolean, what: string])[] = [
    [stem === 'config' && path !== 'config.yaml' && !hidden, 'would be offered as a second app'],
    [stem === 'repository' && path !== 'repository.yaml', 'a second repository file'],
    [stem === 'build', 'would count as the retired build file of the app'],
    [path.startsWith('translations/') && !/^[a-z]{2}(-[A-Za-z]+)?$/.test(stem), 'the stem of a translation is a language code'],
  ];
  return traps.filter(([sprung]) => sprung).map(([, what]) => `${path}: ${what}`);
}

/** Faults of a parsed repository.yaml. */
export function repositoryProblems(repository: unknown): string[] {
  if (!isObject(repository)) return ['not a mapping'];
  const problems = typeof repository.name === 'string' && repository.name !== '' ? [] : ['name: required'];
  for (const key of Object.keys(repository)) {
    if (!['name', 'url', 'maintainer'].includes(key)) problems.push(`${key}: unknown`);
  }
  if (repository.url !== undefined && !/^https?:\/\/\S+$/.test(String(repository.url))) problems.push('url: not an address');
  return problems;
}

/** Faults of one translation file against the options and ports it has to cover, both ways. */
export function translationProblems(translation: unknown, schema: Schema, ports: readonly string[]): string[] {
  if (!isObject(translation)) return ['not a mapping'];
  const problems = Object.keys(translation)
    .filter((key) => key !== 'configuration' && key !== 'network')
    .map((key) => `${key}: unknown, the whole file is skipped`);
  problems.push(...entryProblems(translation.configuration, schema, 'configuration'));
  const network = isObject(translation.network) ? translation.network : {};
  for (const port of ports) if (typeof network[port] !== 'string') problems.push(`network.${port}: not translated`);
  for (const port of Object.keys(network)) if (!ports.includes(port)) problems.push(`network.${port}: no such port`);
  return problems;
}

function entryProblems(entries: unknown, schema: Schema, path: string): string[] {
  if (!isObject(entries)) return [`${path}: missing`];
  const problems = Object.keys(entries)
    .filter((key) => !(key in schema))
    .map((key) => `${path}.${key}: no such option`);
  for (const [key, type] of Object.entries(schema)) problems.push(...entryProblem(entries[key], type, `${path}.${key}`));
  return problems;
}

function entryProblem(entry: unknown, type: SchemaElement, path: string): string[] {
  if (!isObject(entry)) return [`${path}: not translated`];
  const problems = Object.keys(entry)
    .filter((key) => !['name', 'description', 'fields'].includes(key))
    .map((key) => `${path}.${key}: unknown`);
  for (const key of ['name', 'description']) {
    if (typeof entry[key] !== 'string' || entry[key] === '') problems.push(`${path}.${key}: not text`);
  }
  const inner: unknown = Array.isArray(type) ? type[0] : type;
  if (isObject(inner)) problems.push(...entryProblems(entry.fields, inner as Schema, `${path}.fields`));
  else if (entry.fields !== undefined) problems.push(`${path}.fields: the option has no fields`);
  return problems;
}

/** The profile as the Supervisor loads it under the app's full name (supervisor/utils/apparmor.py); throws when it refuses. */
export function renamedProfile(profile: string, name: string): string {
  const starts = new Set([...profile.matchAll(/^profile ([^ ]+).*$/gm)].map((match) => match[1] ?? ''));
  const [own] = starts;
  if (starts.size !== 1 || own === undefined) throw new Error(`${starts.size} profiles begin a line, one is wanted`);
  return profile.replace(/^profile [^ ]+.*$/gm, (line) => line.replaceAll(own, name));
}
