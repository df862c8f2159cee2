import type { Finding } from '../../shared/app-error.js';
import { smsSegmentsFor } from '../../template/sms-length.js';
import { TemplateError } from '../../template/template-error.js';
import { type Decision, granted, refused } from '../domain/decision.js';
import type { IssueRequest } from '../domain/issue-request.js';
import type { Rules } from './tenant-rules.js';

/**
 * Whether a challenge's text message takes no more segments than the configuration allows today. Lint promised
 * that when the policy was saved, by the configuration of then; nothing is rendered where the promise still holds.
 */
export function fitsSegments(
  tenant: string,
  { policy, configuration: { sms } }: Rules,
  { locale, action, variables = {} }: IssueRequest,
): Decision<void> {
  const { type, template, conditions } = policy;
  if (type !== 'SMS_OTP' || template === null) return granted(undefined);
  const facts = { type, tenant, code: conditions.code, expiresInSeconds: conditions.expiresInSeconds };
  try {
    const given = { locale: locale ?? null, action: action ?? null, variables };
    const segments = smsSegmentsFor(template, facts, given, sms.maxSegments);
    if (segments <= sms.maxSegments) return granted(undefined);
    return invalid(
      'sms-too-long',
      `With these values the message takes ${segments} segments; the configuration allows ${sms.maxSegments}.`,
    );
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return invalid(error.code, error.message);
  }
}

function invalid(code: string, detail: string): Decision<never> {
  const errors: readonly Finding[] = [{ pointer: '/variables', code, detail }];
  return refused('template-invalid', { detail, errors });
}
