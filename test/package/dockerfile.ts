/** Reads a Dockerfile and a .dockerignore far enough to judge them. */

export interface Instruction {
  readonly word: string;
  readonly rest: string;
}
export interface Stage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile, line continuations joined, comments gone. */
export function stages(dockerfile: string): readonly Stage[] {
  const lines = dockerfile
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n');
  const found: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, word, rest] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (word === undefined || rest === undefined) continue;
    const [, from, name] = word === 'FROM' ? (/^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest) ?? []) : [];
    if (from !== undefined) found.push({ name: name ?? '', from, instructions: [] });
    else found.at(-1)?.instructions.push({ word, rest });
  }
  return found;
}

/** A stage and all those it stands on, lowest first. */
export function withBases(all: readonly Stage[], stage: Stage): readonly Stage[] {
  const base = all.find(({ name }) => name !== '' && name === stage.from);
  return base === undefined ? [stage] : [...withBases(all, base), stage];
}

/** Packages that the `apk add` commands of a stage bring. */
export function packages(stage: Stage): readonly string[] {
  return stage.instructions
    .filter(({ word }) => word === 'RUN')
    .flatMap(({ rest }) => [...rest.matchAll(/apk add ([^&|;]*)/g)])
    .flatMap(([, words = '']) => words.split(/\s+/).filter((word) => word !== '' && !word.startsWith('-')));
}

/** Paths that a stage copies out of the build context. */
export function copied(stage: Stage): readonly string[] {
  return stage.instructions
    .filter(({ word, rest }) => word === 'COPY' && !rest.includes('--from='))
    .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));
}

/** Whether a .dockerignore keeps a path out of the build context: the last pattern that fits decides. */
export function isIgnored(dockerignore: string, path: string): boolean {
  let ignored = false;
  for (const line of dockerignore.split('\n')) {
    const pattern = line.trim().replace(/^!/, '');
    if (pattern === '' || pattern.startsWith('#')) continue;
    const expression = pattern
      .split(/(\*\*\/?|\*)/)
      .map((part) => (part.startsWith('**') ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')))
      .join('');
    if (new RegExp(`^${expression}(/.*)?$`).test(path)) ignored = !line.trim().startsWith('!');
  }
  return ignored;
}
