import type { WellFormed } from '../../http/checked-body.js';
import { LEAST_SETTINGS, type Settings } from '../domain/configuration.js';
import type { SettingsBody } from './configuration.body.js';

/** What a request sets, with the least in the place of what of it cannot be read. */
export function settingsOf(body: WellFormed<SettingsBody>): Settings {
  // Every leaf is there: those of the body are of the kind that they replace.
  return laidOver(LEAST_SETTINGS, body) as Settings;
}

function laidOver(base: unknown, given: unknown): unknown {
  if (given === undefined) return base;
  if (!isObject(base) || !isObject(given)) return given;
  return Object.fromEntries(Object.entries(base).map(([key, value]) => [key, laidOver(value, given[key])]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
