/** One configured battery as the gauge sees it: settings from the file, readings from the snapshot. */
import { settingOf } from './app-battery.ts';
import type { BatteryConfig, BatterySource, Source } from './config/types.ts';
import type { Snapshot } from './control/snapshot.ts';
import type { Counted } from './control/soc-sight.ts';
import type { Metered } from './energy/flow.ts';
import type { GaugeReadings, GaugeSetting, GaugeState } from './energy/gauge.ts';
import type { Offered } from './energy/gauge-device.ts';
import { socSetting } from './energy/soc-setting.ts';

/** A current older than this is unknown; slow devices get two and a half of their periods. */
const GAP_MS = 60_000;

/** `periodOf`: usual pause between samples of a device, ms. */
export function gaugeSettingOf(config: BatteryConfig, periodOf: (deviceId: string) => number): GaugeSetting {
  const { chemistry, capacityAh, nominalV, sources, volts } = config;
  const gapMs = Math.max(GAP_MS, 2.5 * (sources.current === undefined ? 0 : periodOf(sources.current.deviceId)));
  if (chemistry === 'unknown' || capacityAh === undefined) return { soc: undefined, nominalV, gapMs };
  const { cells, guard } = settingOf(config, () => undefined);
  const { efficiency, peukert, selfDischarge, currentOffsetA } = config;
  const soc = socSetting(chemistry, {
    ...{ capacityAh, cells, gapMs },
    ...(efficiency !== undefined && { efficiency }),
    ...(peukert !== undefined && { peukert }),
    ...(selfDischarge !== undefined && { selfDischarge }),
    ...(currentOffsetA !== undefined && { offsetBoundA: currentOffsetA }),
    ...(volts.full !== undefined && { fullV: guard.cell.full }),
  });
  return { soc, nominalV, gapMs };
}

export function offeredBy({ sources, chemistry, capacityAh }: BatteryConfig): Offered {
  const energy = sources.voltage !== undefined && sources.current !== undefined;
  const bms = sources.soc !== undefined;
  return { counted: chemistry !== 'unknown' && capacityAh !== undefined && (energy || bms), energy, bms };
}

/** What control may know of the count; nothing while the current is unknown. `steppedMs`: when it was counted last. */
export function countedBy({ counted, amps }: GaugeState, steppedMs: number): Counted | undefined {
  if (counted === undefined || counted.soc.soc === null || amps === null) return undefined;
  const { soc, error, anchor } = counted.soc;
  return { percent: 100 * soc, doubt: 100 * error, anchored: anchor !== 'none' && anchor !== 'voltage', atMs: steppedMs };
}

/** Devices whose samples concern it. */
export function devicesOf({ sources }: BatteryConfig): ReadonlySet<string> {
  return new Set(Object.values(sources).map(({ deviceId }) => deviceId));
}

export function gaugeReadingsOf(config: BatteryConfig, snapshot: Snapshot, nowMs: number, idle: boolean | undefined): GaugeReadings {
  const trusted = (source: Source | undefined): Metered | undefined => {
    const reading = source && snapshot.read(source.deviceId, source.key, nowMs);
    if (reading === undefined || typeof reading.value !== 'number') return undefined;
    return reading.quality === 'fresh' || reading.quality === 'late' ? { value: reading.value, atMs: reading.monotonicMs } : undefined;
  };
  const value = (name: BatterySource): number | undefined => trusted(config.sources[name])?.value;
  const warmth = config.temperatures.flatMap((source) => trusted(source)?.value ?? []);
  const bms = value('soc');
  const full = config.sources.full && snapshot.read(config.sources.full.deviceId, config.sources.full.key, nowMs);
  return {
    ...{ nowMs, idle },
    voltage: trusted(config.sources.voltage),
    current: trusted(config.sources.current),
    celsius: warmth.length === 0 ? undefined : warmth.reduce((sum, celsius) => sum + celsius, 0) / warmth.length,
    highestCell: value('highest_cell'),
    lowestCell: value('lowest_cell'),
    bms: bms === undefined || bms < 0 || bms > 100 ? undefined : bms / 100,
    full: full?.value === true && full.quality === 'fresh',
  };
}

/** True: every way in and out is a relay, and all are open. False: one is closed. Undefined: nobody can tell. */
export function idleBy({ chargeRelays, dischargeRelays }: BatteryConfig, on: (relayId: string) => boolean | null): boolean | undefined {
  const states = [...chargeRelays, ...dischargeRelays].map(on);
  if (states.includes(true)) return false;
  return chargeRelays.length > 0 && dischargeRelays.length > 0 && states.every((state) => state === false) ? true : undefined;
}
