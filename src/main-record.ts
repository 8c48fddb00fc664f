/** `boxenergie record FILE`: what `run` does, with all that control hears written to a file. */
import { readFile } from 'node:fs/promises';
import { demoYaml } from './config/demo.ts';
import type { HouseConfig, LoadedConfig } from './config/types.ts';
import { drivers } from './drivers/index.ts';
import type { Log } from './log.ts';
import type { RunOptions } from './main-options.ts';
import type { Entities } from './model.ts';
import type { Clock } from './ports/types.ts';
import { createRecorder, type Recorder } from './replay/recorder.ts';

export interface RecordSource {
  readonly loaded: LoadedConfig;
  readonly path: string;
  readonly copyPath: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}

/** Rejects when the file is there already or cannot be made, and in safe mode: there is nothing to record. */
export async function recordTo(file: string, options: RunOptions, source: RecordSource): Promise<Recorder> {
  const { loaded, path, copyPath, clock, log, version } = source;
  if (loaded.source === 'safe-mode') throw new Error('record: the configuration has faults (see above), so no device runs');
  const text = async (): Promise<string> => {
    if (options.config === undefined && options.simulate) return demoYaml(options.language);
    return readFile(loaded.source === 'file' ? path : copyPath, 'utf8');
  };
  const personal = personalKeys(loaded.house);
  const recorder = await createRecorder({
    ...{ path: file, clock, version, config: withoutPrm(await text()) },
    isPersonal: (deviceId, key) => personal.has(`${deviceId}.${key}`),
    onFailure: (reason) => log('error', `recording stopped: ${reason}`),
  });
  log('info', `recording to ${file}`);
  return recorder;
}

/** `linky.adsc` and the like. */
/** The delivery point identifies a home: a recording is made to be handed on. */
export function withoutPrm(yaml: string): string {
  return yaml.replace(/(\bprm["']?\s*:\s*)(["']?)\d{14}\2/g, "$1'00000000000000'");
}

function personalKeys({ devices }: HouseConfig): ReadonlySet<string> {
  return new Set(
    devices.flatMap(({ id, type, options }) => {
      const entities: Entities = drivers.find((driver) => driver.type === type)?.describe(options).entities ?? {};
      return Object.entries(entities).flatMap(([key, { personal }]) => (personal ? [`${id}.${key}`] : []));
    }),
  );
}
