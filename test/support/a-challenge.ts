import type { Challenge } from '../../src/challenge/domain/challenge.js';

/** An e-mail challenge as issued, with what a test says of it. */
export function aChallenge(given: Partial<Challenge> = {}): Challenge {
  return {
    id: '019b7600-0000-7000-8000-000000000001',
    type: 'EMAIL_OTP',
    state: 'ISSUED',
    stateReason: null,
    policy: { id: '019b7600-0000-7000-8000-000000000002', alias: 'password-reset', version: 1 },
    requireAction: false,
    recipientMasked: 'a••@e••••••.com',
    subject: null,
    action: null,
    actionDigest: null,
    locale: null,
    metadata: {},
    attempts: { used: 0, max: 5 },
    exhaustedAt: null,
    resends: { used: 0, max: 3, availableAt: new Date('2026-01-01T00:00:30.000Z') },
    completeWithinSeconds: 300,
    deliveryId: '019b7600-0000-7000-8000-000000000003',
    createdAt: new Date('2026-01-01T00:00:00.000Z'),
    expiresAt: new Date('2026-01-01T00:10:00.000Z'),
    verifiedAt: null,
    completeBefore: null,
    completedAt: null,
    endedAt: null,
    ...given,
  };
}
