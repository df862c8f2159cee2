import { Injectable } from '@nestjs/common';
import { AppError, type Finding } from '../../shared/app-error.js';
import type { Caller } from '../../shared/caller.js';
import { together } from '../../shared/findings.js';
import { Transactor } from '../../shared/transactor.js';
import { controlCharacterFindings } from '../../template/control-characters.js';
import { renderScope } from '../../template/render.js';
import { previewScope } from '../../template/samples.js';
import { smsSegments, type SmsSegments } from '../../template/sms-segments.js';
import { TemplateError } from '../../template/template-error.js';
import type { RenderedMessage } from '../../template/template.js';
import type { Surroundings } from '../domain/assess.js';
import { judgedRecipient, RECIPIENT_OF_TOKEN } from '../domain/judged-recipient.js';
import type { Policy } from '../domain/policy.js';
import { assessPolicy } from './assess-policy.js';
import { PolicyChecks } from './policy-checks.js';
import { PolicyRepository } from './policy-repository.js';

export interface PreviewPolicyCommand {
  readonly locale?: string | undefined;
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined;
  readonly recipient?: string | undefined;
  /** What of the request is not well-formed, and left out of the rest. */
  readonly malformed: readonly Finding[];
}

/** A message as the worker would send it, but for the sample values in it. */
export interface Preview {
  /** Null for TOKEN, of which nothing is sent. */
  readonly message: RenderedMessage | null;
  readonly sms: SmsSegments | null;
  /** What lint says today: the configuration may have changed since the policy was saved. And what a create would refuse. */
  readonly findings: readonly Finding[];
}

/** Renders a policy's message by the code that renders what is sent; sends nothing. */
@Injectable()
export class PreviewPolicy {
  constructor(
    private readonly transactor: Transactor,
    private readonly policies: PolicyRepository,
    private readonly checks: PolicyChecks,
  ) {}

  async execute(caller: Caller, id: string, command: PreviewPolicyCommand): Promise<Preview> {
    const policy = await this.transactor.inOneTrip(caller.tenant, (tx) => this.policies.find(tx, id));
    const { malformed } = command;
    if (!policy) {
      throw malformed.length > 0
        ? new AppError('request-invalid', { errors: malformed })
        : new AppError('policy-not-found');
    }
    const surroundings = await this.checks.surroundings(caller.tenant);
    const refused = refusals(policy, surroundings, command);
    const { message = null, faults = [] } = render(policy, caller.tenant, command);
    if (malformed.length > 0)
      throw new AppError('request-invalid', { errors: together(malformed, [...faults, ...refused]) });
    if (faults.length > 0) throw new AppError('template-invalid', { errors: faults });
    const { template } = await assessPolicy(policy, surroundings);
    const sms = policy.type === 'SMS_OTP' && message ? smsSegments(message.text) : null;
    return { message, sms, findings: [...template, ...refused] };
  }
}

/** What a create with these values would be refused for. */
function refusals(
  policy: Policy,
  { settings }: Surroundings,
  { recipient, variables }: PreviewPolicyCommand,
): readonly Finding[] {
  const control = policy.template ? controlCharacterFindings(policy.template, { variables }) : [];
  if (recipient === undefined) return control;
  if (policy.type === 'TOKEN') return [...control, RECIPIENT_OF_TOKEN];
  const judged = judgedRecipient(recipient, policy, settings);
  return 'finding' in judged ? [...control, judged.finding] : control;
}

interface Rendering {
  readonly message?: RenderedMessage;
  /** Why there is no message. */
  readonly faults?: readonly Finding[];
}

function render(
  { type, template, conditions: { code, expiresInSeconds } }: Policy,
  tenant: string,
  { locale, variables }: PreviewPolicyCommand,
): Rendering {
  if (type === 'TOKEN' || template === null) return {};
  const sample = previewScope({ type, code, expiresInSeconds, tenant }, given(variables));
  try {
    return { message: renderScope(template, type, locale ?? null, sample) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { faults: [{ pointer: '/template', code: error.code, detail: error.message }] };
  }
}

function given(variables: PreviewPolicyCommand['variables'] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
