import type { Configuration } from '../../config/domain/configuration.js';
import { judgedRecipient, RECIPIENT_OF_TOKEN } from '../../policy/domain/judged-recipient.js';
import type { Policy } from '../../policy/domain/policy.js';
import { maskRecipient, type Recipient } from '../../policy/domain/recipient.js';
import type { Finding } from '../../shared/app-error.js';
import { controlCharacterFindings } from '../../template/control-characters.js';
import { linkOrigin } from '../../template/link-origin.js';
import type { Action, Challenge } from './challenge.js';
import { type Decision, granted, refused } from './decision.js';
import { cooledDownAt } from './lifecycle.js';

/** What a consuming service asks for when it wants something proven. */
export interface IssueRequest {
  readonly policyAlias: string;
  readonly recipient?: string;
  readonly subject?: string;
  readonly action?: Action;
  readonly locale?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

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
  if (policy.type === 'SMS_OTP' && !configuration.sms.enabled) return refused('channel-disabled');
  if (isEmail(policy) && !configuration.email.enabled) return refused('channel-disabled');
  if (!leadsWhereAllowed(policy, configuration)) {
    return refused('template-invalid', {
      detail: 'The configuration no longer allows where the link of the policy leads.',
    });
  }
  const errors = findingsIn(request, policy, requiredVariables);
  if (errors.length > 0) return refused('request-invalid', { errors });
  if (policy.conditions.requireAction && !request.action) return refused('action-required');
  if (request.recipient === undefined) return granted(null);
  const judged = judgedRecipient(request.recipient, policy, configuration);
  if ('recipient' in judged) return granted(judged.recipient);
  const { finding } = judged;
  return refused(finding.code, { detail: finding.detail, errors: [finding] });
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

/** Allowed origins may have changed since the policy was saved. */
function leadsWhereAllowed({ template }: Policy, { links }: Configuration): boolean {
  if (!template?.link) return true;
  const origin = linkOrigin(template.link);
  return origin !== null && links.allowedOrigins.includes(origin);
}

function isEmail(policy: Policy): boolean {
  return policy.type === 'EMAIL_OTP' || policy.type === 'EMAIL_LINK';
}

function findingsIn(request: IssueRequest, policy: Policy, requiredVariables: readonly string[]): Finding[] {
  const findings: Finding[] = [];
  if (policy.type === 'TOKEN' && request.recipient !== undefined) findings.push(RECIPIENT_OF_TOKEN);
  if (policy.type !== 'TOKEN' && request.recipient === undefined) {
    findings.push({
      pointer: '/recipient',
      code: 'required',
      detail: `a ${policy.type} challenge needs a recipient`,
    });
  }
  for (const name of requiredVariables) {
    if (request.variables?.[name] === undefined) {
      findings.push({
        pointer: `/variables/${name}`,
        code: 'required',
        detail: 'the template of the policy uses it',
      });
    }
  }
  const header = policy.template ? controlCharacterFindings(policy.template, request) : [];
  return [...findings, ...header];
}
