import { Injectable } from '@nestjs/common';
import { type Sender, senderOf } from '../../delivery/application/sender.js';
import type { Policy } from '../../policy/domain/policy.js';
import type { Finding } from '../../shared/app-error.js';
import type { ProblemCode } from '../../shared/problem-catalogue.js';
import type { Transaction } from '../../shared/transactor.js';
import { requiredVariables } from '../../template/required-variables.js';
import { IdentityIndex } from '../crypto/identity-index.js';
import { type Decision, granted } from '../domain/decision.js';
import type { EndUser } from '../domain/end-user.js';
import { admit } from '../domain/issue.js';
import type { IssueRequest } from '../domain/issue-request.js';
import type { Recipient } from '../../policy/domain/recipient.js';
import { refusedFor } from '../domain/request-findings.js';
import type { Initiator } from './initiator.js';
import { Places } from './places.js';
import { fitsSegments } from './sms-length.js';
import type { Rules } from './tenant-rules.js';
import { TransitionRecorder } from './transition-recorder.js';

export interface CreateChallengeCommand extends IssueRequest {
  readonly client?: EndUser;
}

/** A new challenge may be issued: under this policy, to this recipient, from now on. */
export interface Admitted {
  readonly policy: Policy;
  /** Null where nothing is delivered, as its indexes. */
  readonly recipient: Recipient | null;
  readonly recipientIndexes: readonly Buffer[] | null;
  /** As whom its message goes out. */
  readonly sender: Sender;
  readonly now: Date;
}

/** Refusals that are about the request itself; every other one is a security decision. */
const MALFORMED: ReadonlySet<ProblemCode> = new Set(['request-invalid', 'recipient-invalid']);

/** Decides whether a new challenge may be issued, and leaves a trace where it may not. */
@Injectable()
export class Admission {
  constructor(
    private readonly index: IdentityIndex,
    private readonly places: Places,
    private readonly transitions: TransitionRecorder,
  ) {}

  /** `rules` are those under the command's alias. */
  async admit(
    tx: Transaction,
    by: Initiator,
    rules: Rules | undefined,
    command: CreateChallengeCommand,
  ): Promise<Decision<Admitted>> {
    const decision = rules
      ? await this.decide(tx, by, rules, command)
      : refusedFor([unknownPolicy(command.policyAlias)]);
    if (!decision.ok && !MALFORMED.has(decision.refusal.code)) {
      const about = rules ? { policy: rules.policy.alias, policyVersion: rules.policy.version } : {};
      this.transitions.refusal(tx, by, 'create', null, decision.refusal, about);
    }
    return decision;
  }

  private async decide(
    tx: Transaction,
    by: Initiator,
    rules: Rules,
    command: CreateChallengeCommand,
  ): Promise<Decision<Admitted>> {
    const { policy, configuration } = rules;
    const required = policy.template ? requiredVariables(policy.template) : [];
    const admitted = admit(command, policy, configuration, required);
    if (!admitted.ok) return admitted;
    const fitting = fitsSegments(tx.tenant, rules, command);
    if (!fitting.ok) return fitting;
    const recipient = admitted.value;
    const recipientIndexes = recipient && this.index.ofRecipient(tx.tenant, recipient);
    const place = await this.places.take(tx, by, rules, { ...command, recipientIndexes });
    if (!place.ok) return place;
    return granted({
      policy,
      recipient,
      recipientIndexes,
      sender: senderOf(configuration),
      now: place.value,
    });
  }
}

export function unknownPolicy(alias: string): Finding {
  return { pointer: '/policyAlias', code: 'policy-unknown', detail: `No policy has the alias "${alias}".` };
}
