/** Ties the helper buttons to the house: what is pressed on the app's own device goes to their desk, and nowhere else. */
import type { HouseConfig } from './config/types.ts';
import { APP_DEVICE_ID } from './homeassistant/app-device.ts';
import type { BlueprintFile } from './homeassistant/help-blueprints.ts';
import { HELPER_RESULT, isHelper } from './homeassistant/helper-device.ts';
import { createHelpers } from './homeassistant/helpers.ts';
import type { AnnouncedDevice, Command } from './homeassistant/types.ts';
import type { Log } from './log.ts';
import type { Text, Value } from './model.ts';
import type { HomeAssistant } from './ports/homeassistant-types.ts';
import type { Clock } from './ports/types.ts';

/** Where Home Assistant is and what is brought for it. */
export interface HelperAccess {
  readonly homeAssistant: HomeAssistant;
  blueprints(): Promise<readonly BlueprintFile[]>;
}
export interface HelperOptions {
  /** Absent: no button is announced. */
  readonly helpers?: HelperAccess;
  readonly house: Pick<HouseConfig, 'language'>;
  readonly install: string;
  readonly devices: readonly AnnouncedDevice[];
  readonly clock: Clock;
  readonly log: Log;
  publish(deviceId: string, values: Readonly<Record<string, Value>>): void;
}

const NOTHING_YET: Text = { en: 'Nothing yet', fr: 'Rien encore' };

/** The way of a command: a helper's button to the desk, all else on to `next`. */
export function helpedBy({ helpers, ...options }: HelperOptions, next: (command: Command) => void): (command: Command) => void {
  if (helpers === undefined) return next;
  const { language } = options.house;
  const tell = (text: string): void => options.publish(APP_DEVICE_ID, { [HELPER_RESULT]: text });
  const desk = createHelpers({ ...options, ...helpers, language, tell });
  return (command) => {
    if (command.deviceId === APP_DEVICE_ID && isHelper(command.key)) desk.press(command.key);
    else next(command);
  };
}

/** What is shown before anything was pressed. */
export function helpersAtRest({ helpers, house: { language } }: Pick<HelperOptions, 'helpers' | 'house'>): Record<string, Value> {
  return helpers === undefined ? {} : { [HELPER_RESULT]: NOTHING_YET[language] };
}
