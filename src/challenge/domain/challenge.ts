import type { ChallengeType } from '../../template/template.js';

export type ChallengeState = 'ISSUED' | 'VERIFIED' | 'COMPLETED' | 'CANCELLED' | 'EXPIRED' | 'FAILED';

export type StateReason =
  'REQUESTED' | 'SUPERSEDED' | 'NOT_ANSWERED' | 'NOT_COMPLETED' | 'ATTEMPTS_EXHAUSTED';

/** What a challenge guards; immutable once the challenge is issued. */
export interface Action {
  readonly name: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** One request that a person prove something once. It knows neither its secret nor its recipient in full. */
export interface Challenge {
  readonly id: string;
  readonly type: ChallengeType;
  readonly state: ChallengeState;
  readonly stateReason: StateReason | null;
  readonly policy: { readonly id: string; readonly alias: string; readonly version: number };
  readonly requireAction: boolean;
  /** Null for TOKEN. */
  readonly recipientMasked: string | null;
  readonly subject: string | null;
  readonly action: Action | null;
  /** What an action that is given later is compared with; null without an action. */
  readonly actionDigest: Buffer | null;
  readonly locale: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly attempts: { readonly used: number; readonly max: number };
  /** When its last attempt was counted. */
  readonly exhaustedAt: Date | null;
  readonly resends: { readonly used: number; readonly max: number; readonly availableAt: Date | null };
  readonly completeWithinSeconds: number;
  /** The newest delivery; null for TOKEN. */
  readonly deliveryId: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly verifiedAt: Date | null;
  readonly completeBefore: Date | null;
  readonly completedAt: Date | null;
  readonly endedAt: Date | null;
}

/** How the newest delivery stands. */
export interface DeliveryStatus {
  readonly channel: 'EMAIL' | 'SMS';
  readonly status: 'PENDING' | 'SENDING' | 'SENT' | 'DELIVERED' | 'FAILED' | 'UNKNOWN';
  readonly attempts: number;
  readonly sentAt: Date | null;
  readonly error: string | null;
}
