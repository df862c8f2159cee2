import type { Configuration } from '../../config/domain/configuration.js';
import type { Policy } from '../../policy/domain/policy.js';
import { linkOrigin } from '../../template/link-origin.js';
import type { Refusal } from './decision.js';

/** Why messages of a policy go to nobody while the tenant is configured so; undefined when they may go. */
export function undeliverable(policy: Policy, configuration: Configuration): Refusal | undefined {
  const isOff =
    (policy.type === 'SMS_OTP' && !configuration.sms.enabled) ||
    (isEmail(policy) && !configuration.email.enabled);
  if (isOff) return { code: 'channel-disabled', details: {} };
  if (leadsWhereAllowed(policy, configuration)) return undefined;
  const detail = 'The configuration no longer allows where the link of the policy leads.';
  return { code: 'template-invalid', details: { detail } };
}

/** Allowed origins may have changed since the policy was saved. */
function leadsWhereAllowed({ template }: Policy, { links }: Configuration): boolean {
  if (!template?.link) return true;
  const origin = linkOrigin(template.link);
  return origin !== null && links.allowedOrigins.includes(origin);
}

function isEmail(policy: Policy): boolean {
  return policy.type === 'EMAIL_OTP' || policy.type === 'EMAIL_LINK';
}
