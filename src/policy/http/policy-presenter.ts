import type { FastifyReply } from 'fastify';
import { entityTag } from '../../http/entity-tag.js';
import type { VersionSummary } from '../application/policy-repository.js';
import type { Preview } from '../application/preview-policy.js';
import type { AuthoredPolicy, Policy } from '../domain/policy.js';
import type { PolicyResponse, PolicyVersionResponse, VersionSummaryResponse } from './policy.responses.js';
import type { PreviewResponse } from './preview.response.js';

/** The current version, under its entity tag. */
export function presentCurrent(reply: FastifyReply, policy: Policy): PolicyResponse {
  void reply.header('etag', entityTag(policy.version));
  return present(policy);
}

export function presentCreated(reply: FastifyReply, policy: Policy): PolicyResponse {
  void reply.header('location', `/v1/policies/${policy.id}`);
  return presentCurrent(reply, policy);
}

export function presentVersion(policy: AuthoredPolicy): PolicyVersionResponse {
  return { ...present(policy), createdBy: policy.author };
}

export function presentVersionSummary({
  version,
  alias,
  updatedAt,
  author,
}: VersionSummary): VersionSummaryResponse {
  return { version, alias, createdAt: updatedAt.toISOString(), createdBy: author };
}

export function presentPreview({ message, sms, findings }: Preview): PreviewResponse {
  return {
    locale: message?.locale ?? null,
    subject: message?.subject ?? null,
    text: message?.text ?? null,
    html: message?.html ?? null,
    sms,
    findings: [...findings],
  };
}

function present(policy: Policy): PolicyResponse {
  const { id, version, alias, description, type, purpose, conditions, template, createdAt, updatedAt } =
    policy;
  return {
    id,
    version,
    alias,
    description,
    type,
    purpose,
    conditions,
    template,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
