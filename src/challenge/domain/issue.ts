import type { Configuration } from '../../config/domain/configuration.js';
import type { Policy } from '../../policy/domain/policy.js';
import { maskRecipient, type Recipient } from '../../policy/domain/recipient.js';
import { actionDigest } from './action.js';
import type { Challenge } from './challenge.js';
import { type Decision, granted, refused } from './decision.js';
import { undeliverable } from './deliverable.js';
import { cooledDownAt } from './lifecycle.js';
import type { IssueRequest } from './issue-request.js';
import { examine, refusedFor } from './request-findings.js';

/** Past this point a message would arrive too late to be of use. */
const USEFUL_BEFORE_EXPIRY_SECONDS = 30;

/** Whether a challenge may be issued, and to whom; null where nothing is delivered. */
export function admit(
  request: IssueRequest,
  policy: Policy,
  configuration: Configuration,
  requiredVariables: readonly string[],
): Decision<Recipient | null> {
  if (!configuration.issuance.enabled) return refused('issuance-disabled');
  const refusal = undeliverable(policy, configuration);
  if (refusal) return { ok: false, refusal };
  const { recipient, findings } = examine(request, policy, configuration, requiredVariables);
  return findings.length > 0 ? refusedFor(findings) : granted(recipient);
}

/** A new challenge under a policy, as of now; nothing is on its way yet. */
export function issue(
  id: string,
  request: IssueRequest,
  policy: Policy,
  recipient: Recipient | null,
  now: Date,
): Challenge {
  const { conditions } = policy;
  return {
    id,
    type: policy.type,
    state: 'ISSUED',
    stateReason: null,
    policy: { id: policy.id, alias: policy.alias, version: policy.version },
    requireAction: conditions.requireAction,
    recipientMasked: recipient && maskRecipient(recipient),
    subject: request.subject ?? null,
    action: request.action ?? null,
    actionDigest: request.action ? actionDigest(request.action) : null,
    locale: request.locale ?? null,
    metadata: request.metadata ?? {},
    attempts: { used: 0, max: conditions.maxAttempts },
    exhaustedAt: null,
    resends: {
      used: 0,
      max: recipient ? conditions.resend.max : 0,
      availableAt:
        recipient && conditions.resend.max > 0
          ? cooledDownAt(now, conditions.resend.cooldownSeconds, 0)
          : null,
    },
    completeWithinSeconds: conditions.completeWithinSeconds,
    deliveryId: null,
    createdAt: now,
    expiresAt: new Date(now.getTime() + conditions.expiresInSeconds * 1_000),
    verifiedAt: null,
    completeBefore: null,
    completedAt: null,
    endedAt: null,
  };
}

/** When a message about the challenge stops being of use. */
export function usefulUntil(expiresAt: Date): Date {
  return new Date(expiresAt.getTime() - USEFUL_BEFORE_EXPIRY_SECONDS * 1_000);
}
