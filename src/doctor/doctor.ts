/** `boxenergie doctor`: every check in its order, told as it goes or as one document. Looks, and changes nothing. */
import type { Language } from '../model.ts';
import { broker } from './broker.ts';
import { configuration } from './configuration.ts';
import { disk } from './disk.ts';
import { gpio } from './gpio.ts';
import { i2c } from './i2c.ts';
import { pins } from './pins.ts';
import { platform } from './platform.ts';
import { power } from './power.ts';
import { reportJson, reportText, summaryText } from './report.ts';
import { exitCode, runChecks } from './run.ts';
import { serial } from './serial.ts';
import { tic } from './tic.ts';
import { timekeeping } from './timekeeping.ts';
import type { Check, Scene } from './types.ts';

/** Who holds a port is told before the port is listened to. */
export const CHECKS: readonly Check[] = [platform, configuration, gpio, pins, i2c, serial, tic, broker, timekeeping, disk, power];

export interface DoctorOptions {
  readonly json: boolean;
  readonly language: Language;
  readonly version: string;
  readonly write: (text: string) => void;
}

/** The exit code: 0 when nothing failed, else 1. */
export async function diagnose(scene: Scene, { json, language, version, write }: DoctorOptions, checks = CHECKS): Promise<0 | 1> {
  const reports = await runChecks(checks, scene, (report) => json || write(reportText(report, language)));
  const at = new Date(scene.clock.wallMs()).toISOString();
  write(json ? reportJson(reports, { version, at, language }) : summaryText(reports, language));
  return exitCode(reports);
}
