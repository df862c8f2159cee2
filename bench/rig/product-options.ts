import { asOptions, sessionSettings } from '../../src/database/session-settings.js';

const STATEMENT_MS = 5_000;

/** What the product's sessions are set to, as the startup parameter `options`: the floors' plans are made under the same. */
export function productOptions(durable: boolean): string {
  return asOptions(sessionSettings({ statementMs: STATEMENT_MS, durable, prepared: true }));
}
