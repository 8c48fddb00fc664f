/** Sun and weather of a place at 46° north, hour by hour through the year: what a seed makes of clouds and cold spells. */
import { normal, streamOf } from './random.ts';

export interface Weather {
  readonly outsideC: number;
  /** On a roof of 35° towards the south, W/m². */
  readonly roofWm2: number;
  /** On flat ground, W/m². */
  readonly groundWm2: number;
}
export interface Climate {
  /** Wall ms, never before an earlier one. */
  at(wallMs: number): Weather;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RADIANS = Math.PI / 180;
const LATITUDE = 46 * RADIANS;
const TILT = 35 * RADIANS;
/** Sun time at 3° east runs twelve minutes ahead of UTC. */
const SUN_AHEAD_MS = 12 * 60_000;
/** Of the clear sky's light, what comes from all around. */
const DIFFUSE = 0.15;

export function createClimate(seed: number): Climate {
  const random = streamOf(seed, 1);
  // A spell lasts days: what a day is depends on the day before.
  const spell = { day: Number.NaN, coldC: 0, nextColdC: 0, cloud: 0.5, nextCloud: 0.5, hour: Number.NaN, gust: 0, nextGust: 0 };
  const turn = (day: number, hour: number): void => {
    if (day !== spell.day) {
      spell.day = day;
      spell.coldC = spell.nextColdC;
      spell.nextColdC = 0.75 * spell.coldC + 2.3 * normal(random);
      spell.cloud = spell.nextCloud;
      spell.nextCloud = clamp(0.5 * spell.cloud + 0.25 + 0.33 * normal(random), 0, 1);
    }
    if (hour !== spell.hour) {
      spell.hour = hour;
      spell.gust = spell.nextGust;
      spell.nextGust = normal(random);
    }
  };
  return {
    at(wallMs) {
      turn(Math.floor(wallMs / DAY_MS), Math.floor(wallMs / HOUR_MS));
      const dayOfYear = (wallMs / DAY_MS) % 365.2425;
      const sunHour = ((wallMs + SUN_AHEAD_MS) % DAY_MS) / HOUR_MS;
      const share = (wallMs % HOUR_MS) / HOUR_MS;
      // Middling days have passing clouds, clear and dull ones none.
      const passing = 4 * spell.cloud * (1 - spell.cloud) * 0.3 * mix(spell.gust, spell.nextGust, share);
      const clear = clamp(1 - spell.cloud + passing, 0.05, 1);
      const { groundWm2, roofWm2 } = sun(dayOfYear, sunHour, clear);
      const season = 12 - 9.5 * Math.cos((2 * Math.PI * (dayOfYear - 18)) / 365.2425);
      // The air follows the sky slowly: no step at midnight.
      const through = (wallMs % DAY_MS) / DAY_MS;
      const calm = 1 - mix(spell.cloud, spell.nextCloud, through);
      const swing = (2.5 + 4 * calm) * Math.cos((2 * Math.PI * (sunHour - 15)) / 24);
      const spellC = mix(spell.coldC, spell.nextColdC, through);
      return { outsideC: season + swing + spellC + (calm - 0.5) * 1.5, roofWm2, groundWm2 };
    },
  };
}

/** Haurwitz's clear sky, dimmed by clouds; the roof sees the direct light at its own angle. */
function sun(dayOfYear: number, hour: number, clear: number): { readonly groundWm2: number; readonly roofWm2: number } {
  const declination = -23.44 * RADIANS * Math.cos((2 * Math.PI * (dayOfYear + 10)) / 365.2425);
  const turned = (hour - 12) * 15 * RADIANS;
  const height = sine(LATITUDE, declination, turned);
  if (height <= 0.01) return { groundWm2: 0, roofWm2: 0 };
  const clearSky = 1098 * height * Math.exp(-0.057 / height);
  const direct = (1 - DIFFUSE) * clearSky * clear ** 1.3;
  const diffuse = clearSky * (DIFFUSE + 0.15 * (1 - clear));
  // Low suns are held back by hills and haze.
  const facing = Math.min(4, Math.max(0, sine(LATITUDE - TILT, declination, turned)) / height);
  return { groundWm2: direct + diffuse, roofWm2: direct * facing + diffuse * 0.91 };
}

function sine(latitude: number, declination: number, turned: number): number {
  return Math.sin(latitude) * Math.sin(declination) + Math.cos(latitude) * Math.cos(declination) * Math.cos(turned);
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
