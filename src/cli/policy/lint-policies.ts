import { sound } from '../../policy/application/assess-policy.js';
import type { Surroundings } from '../../policy/domain/assess.js';
import type { PolicyContent } from '../../policy/domain/policy.js';
import { draftOf } from '../../policy/http/policy-content.js';
import { CreatePolicyRequest } from '../../policy/http/policy.requests.js';
import { AppError, type Finding } from '../../shared/app-error.js';
import { asRequest } from './as-request.js';
import type { PolicyDocument } from './policy-file.js';
import type { PolicyRules } from './policy-rules.js';

/** A policy that the API would save. */
export interface SoundPolicy extends PolicyDocument {
  readonly content: PolicyContent;
}

/** A policy that the API would refuse, and the problem by which it would. */
export interface RefusedPolicy extends PolicyDocument {
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly Finding[];
}

export type LintedPolicy = SoundPolicy | RefusedPolicy;

/** Checks policies by the same code as the API, and that no two of them have one alias. */
export async function lintPolicies(
  documents: readonly PolicyDocument[],
  { configuration }: PolicyRules,
  tenant: string,
): Promise<readonly LintedPolicy[]> {
  const linted: LintedPolicy[] = [];
  for (const document of documents) {
    const aliases = linted.flatMap((other) => ('content' in other ? [other.content.alias] : []));
    linted.push(await lintPolicy(document, { tenant, settings: configuration }, aliases));
  }
  return linted;
}

async function lintPolicy(
  document: PolicyDocument,
  surroundings: Surroundings,
  taken: readonly string[],
): Promise<LintedPolicy> {
  try {
    const draft = draftOf(await asRequest(document.value, CreatePolicyRequest));
    const content = await sound(draft, surroundings);
    if (taken.includes(content.alias)) throw aliasTaken(content.alias);
    return { ...document, content };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { ...document, code: error.code, detail: error.message, errors: error.details.errors ?? [] };
  }
}

function aliasTaken(alias: string): AppError {
  const detail = `An earlier policy of these files has the alias "${alias}".`;
  return new AppError('policy-alias-taken', {
    detail,
    errors: [{ pointer: '/alias', code: 'policy-alias-taken', detail }],
  });
}
