import type { Recipient } from './recipient.js';

interface AllowBlock {
  readonly allow: readonly string[];
  readonly block: readonly string[];
}

/** Who may be sent to: the policy's rules and the tenant's configuration together. */
export interface RecipientRules {
  readonly policy: { readonly emailDomains: AllowBlock; readonly countries: AllowBlock };
  readonly blockedDomains: readonly string[];
  /** ISO 3166 alpha-2; SMS goes nowhere until countries are listed. */
  readonly countries: readonly string[];
}

/** Why a recipient may not be sent to, as a sentence; undefined when it may. */
export function exclusionOf(recipient: Recipient, rules: RecipientRules): string | undefined {
  if (recipient.channel === 'EMAIL') {
    const { allow, block } = rules.policy.emailDomains;
    const listed = (domains: readonly string[]): boolean =>
      domains.some((entry) => isWithin(recipient.domain, entry));
    if (listed(block) || listed(rules.blockedDomains)) return 'The domain of the address is blocked.';
    return allow.length > 0 && !listed(allow)
      ? 'The domain of the address is not among those allowed.'
      : undefined;
  }
  const { country, canReceive } = recipient;
  const { allow, block } = rules.policy.countries;
  if (!canReceive) return 'Numbers of this type do not receive messages.';
  if (country === null || !rules.countries.includes(country))
    return 'The country of the number is not enabled.';
  if (block.includes(country)) return 'The country of the number is blocked.';
  return allow.length > 0 && !allow.includes(country)
    ? 'The country of the number is not among those allowed.'
    : undefined;
}

function isWithin(domain: string, entry: string): boolean {
  return domain === entry || domain.endsWith(`.${entry}`);
}
