/** Limits moved from Home Assistant: kept over a restart, on top of the file, until the file itself changes its mind. */
import type { BatteryConfig } from './config/types.ts';
import { THRESHOLDS, type Threshold } from './control/thresholds.ts';
import type { Store } from './store/types.ts';

/** What was wished, and what the file said at that time (null: nothing). */
type Moved = Partial<Record<Threshold, { readonly to: number; readonly from: number | null }>> & {
  storage?: { readonly to: boolean; readonly from: Mode };
};
type Mode = BatteryConfig['chargeMode'];

export interface Mover {
  /** The file with the moved limits. */
  config(): BatteryConfig;
  move(key: string, value: number): void;
  /** The storage mode on or off. */
  store(on: boolean): void;
}

export function moverOf(config: BatteryConfig, store: Store): Mover {
  const name = `limits:${config.id}`;
  const moved = read(store.initial.facts[name]);
  for (const key of THRESHOLDS) if (moved[key] !== undefined && moved[key].from !== inFile(config, key)) delete moved[key];
  if (moved.storage !== undefined && moved.storage.from !== config.chargeMode) delete moved.storage;
  return {
    config: () => withLimits(config, moved),
    store(on) {
      moved.storage = { to: on, from: config.chargeMode };
      store.saveFact(name, JSON.stringify(moved));
    },
    move(key, value) {
      const known = THRESHOLDS.find((threshold) => threshold === key);
      if (known === undefined) return;
      moved[known] = { to: value, from: inFile(config, known) };
      store.saveFact(name, JSON.stringify(moved));
    },
  };
}

function inFile({ heat, volts }: BatteryConfig, key: Threshold): number | null {
  const values: Record<Threshold, number | undefined> = {
    warning_c: heat.warningC,
    cut_c: heat.cutC,
    start_v: volts.start,
    restart_v: volts.restart,
    full_v: volts.full,
  };
  return values[key] ?? null;
}

function withLimits(config: BatteryConfig, moved: Moved): BatteryConfig {
  const heat = {
    ...config.heat,
    ...(moved.warning_c && { warningC: moved.warning_c.to }),
    ...(moved.cut_c && { cutC: moved.cut_c.to }),
  };
  const volts = {
    ...config.volts,
    ...(moved.start_v && { start: moved.start_v.to }),
    ...(moved.restart_v && { restart: moved.restart_v.to }),
    ...(moved.full_v && { full: moved.full_v.to }),
  };
  return { ...config, heat, volts, chargeMode: modeOf(config.chargeMode, moved.storage?.to) };
}

/** Out of storage a battery goes back to what the file says, or to daily use. */
function modeOf(file: Mode, storage: boolean | undefined): Mode {
  if (storage === undefined) return file;
  if (storage) return 'storage';
  return file === 'storage' ? 'cycle' : file;
}

function read(text: string | undefined): Moved {
  const moved: Moved = {};
  try {
    const data = JSON.parse(text ?? '{}') as Record<string, { to?: unknown; from?: unknown } | undefined>;
    const { to: on, from: mode } = data.storage ?? {};
    if (typeof on === 'boolean' && (mode === 'cycle' || mode === 'standby' || mode === 'storage')) moved.storage = { to: on, from: mode };
    for (const key of THRESHOLDS) {
      const { to, from } = data[key] ?? {};
      if (typeof to === 'number' && Number.isFinite(to) && (from === null || typeof from === 'number')) moved[key] = { to, from };
    }
  } catch {
    // Damaged: the file alone holds.
  }
  return moved;
}
