import type { FastifyReply } from 'fastify';
import type { ChallengeAt } from '../application/challenge-repository.js';
import type { IssuedChallenge } from '../application/challenge-issuer.js';
import type { Answered } from '../application/core-request.js';
import type { Challenge } from '../domain/challenge.js';
import { asOf } from '../domain/lifecycle.js';
import type { ChallengeResponse, CreatedChallengeResponse } from './responses.js';

/** A created challenge, and where it is. */
export function presentCreated(
  reply: FastifyReply,
  answered: Answered<IssuedChallenge>,
): CreatedChallengeResponse {
  const { challenge, delivery, token } = answered.value;
  void reply.header('location', `/v1/challenges/${challenge.id}`);
  const shown = presentAnswered(reply, {
    ...answered,
    value: { challenge, delivery, now: challenge.createdAt },
  });
  return token === undefined ? shown : { ...shown, token };
}

/** A challenge as it was when the request was first answered. */
export function presentAnswered(
  reply: FastifyReply,
  { value, replayed }: Answered<ChallengeAt>,
): ChallengeResponse {
  if (replayed) void reply.header('idempotent-replayed', 'true');
  return present(value);
}

/** A challenge as the contract shows it, as it stands at an instant. */
export function present({ challenge: stored, delivery, now }: ChallengeAt): ChallengeResponse {
  const challenge = asOf(stored, now);
  return {
    id: challenge.id,
    state: challenge.state,
    stateReason: challenge.stateReason,
    type: challenge.type,
    policy: challenge.policy,
    recipient: challenge.recipientMasked,
    subject: challenge.subject,
    action: challenge.action,
    locale: challenge.locale,
    metadata: challenge.metadata,
    attempts: challenge.attempts,
    resends: { ...challenge.resends, availableAt: time(nextResend(challenge)) },
    delivery: delivery && { ...delivery, sentAt: time(delivery.sentAt) },
    createdAt: challenge.createdAt.toISOString(),
    expiresAt: challenge.expiresAt.toISOString(),
    verifiedAt: time(challenge.verifiedAt),
    completeBefore: time(challenge.completeBefore),
    completedAt: time(challenge.completedAt),
    endedAt: time(challenge.endedAt),
  };
}

function nextResend({ state, resends }: Challenge): Date | null {
  return state === 'ISSUED' && resends.used < resends.max ? resends.availableAt : null;
}

function time(date: Date | null): string | null {
  return date && date.toISOString();
}
