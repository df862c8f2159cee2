import type { Configuration } from '../../config/domain/configuration.js';
import { judgedRecipient, RECIPIENT_OF_TOKEN } from '../../policy/domain/judged-recipient.js';
import type { Policy } from '../../policy/domain/policy.js';
import type { Recipient } from '../../policy/domain/recipient.js';
import type { Finding } from '../../shared/app-error.js';
import { escapePointer } from '../../shared/json-pointer.js';
import { controlCharacterFindings, type GivenValues } from '../../template/control-characters.js';
import { type Decision, refused } from './decision.js';

/** What is looked at of a request; what is not well-formed is left out. */
export interface ReadableRequest extends GivenValues {
  readonly recipient?: string | undefined;
}

/** A request under a policy: whom it is for, null where nothing is delivered, and everything that is wrong with it. */
export interface ExaminedRequest {
  readonly recipient: Recipient | null;
  readonly findings: readonly Finding[];
}

/** Findings that are problems of their own, the weightiest first; any other breaks the contract, which outweighs them. */
const PROBLEMS = ['policy-unknown', 'action-required', 'recipient-invalid', 'recipient-not-allowed'] as const;

/** Looks at a request under a policy and the configuration. */
export function examine(
  request: ReadableRequest,
  policy: Policy,
  configuration: Configuration,
  requiredVariables: readonly string[],
): ExaminedRequest {
  const addressee = examineRecipient(request.recipient, policy, configuration);
  const missing = requiredVariables.filter((name) => request.variables?.[name] === undefined);
  const lacksAction = policy.conditions.requireAction && !request.action;
  return {
    recipient: addressee.recipient,
    findings: [
      ...addressee.findings,
      ...missing.map((name) =>
        finding(`/variables/${escapePointer(name)}`, 'required', 'the template of the policy uses it'),
      ),
      ...(policy.template ? controlCharacterFindings(policy.template, request) : []),
      ...(lacksAction ? [finding('/action', 'action-required', 'The policy requires an action.')] : []),
    ],
  };
}

/** The one refusal of a request that tells all that was found, by what weighs most. */
export function refusedFor(errors: readonly Finding[]): Decision<never> {
  const isOwn = ({ code }: Finding): boolean => PROBLEMS.some((problem) => problem === code);
  const [weightiest] = errors.every(isOwn)
    ? PROBLEMS.flatMap((code) => errors.flatMap((one) => (one.code === code ? [{ code, one }] : [])))
    : [];
  return weightiest
    ? refused(weightiest.code, { detail: weightiest.one.detail, errors })
    : refused('request-invalid', { errors });
}

function examineRecipient(
  address: string | undefined,
  policy: Policy,
  configuration: Configuration,
): ExaminedRequest {
  if (policy.type === 'TOKEN')
    return { recipient: null, findings: address === undefined ? [] : [RECIPIENT_OF_TOKEN] };
  if (address === undefined) {
    const detail = `a ${policy.type} challenge needs a recipient`;
    return { recipient: null, findings: [finding('/recipient', 'required', detail)] };
  }
  const judged = judgedRecipient(address, policy, configuration);
  return 'recipient' in judged
    ? { recipient: judged.recipient, findings: [] }
    : { recipient: null, findings: [judged.finding] };
}

function finding(pointer: string, code: string, detail: string): Finding {
  return { pointer, code, detail };
}
