import type { ProviderAddress } from '../../environment/environment.js';

/** How a provider is called in attempts, receipts and the audit trail: its kind and its host or region. */
export function providerName({ scheme, url }: ProviderAddress): string {
  const kind = scheme.replace(/^gateway\+https?$/, 'gateway');
  return `${kind}:${kind === 'ses' || kind === 'sns' ? url.hostname : url.host}`;
}
