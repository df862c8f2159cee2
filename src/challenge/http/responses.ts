import {
  ShownEnum,
  ShownId,
  ShownInteger,
  ShownJson,
  ShownObject,
  ShownStringMap,
  ShownText,
  ShownTime,
} from '../../http/response-fields.js';
import type { ChallengeType } from '../../template/template.js';
import type { ChallengeState, DeliveryStatus, StateReason } from '../domain/challenge.js';

export class ChallengePolicyResponse {
  @ShownId() id!: string;
  @ShownText(63, { example: 'password-reset' }) alias!: string;
  @ShownInteger(1, 2_147_483_647, { example: 3 }) version!: number;
}

export class ActionResponse {
  @ShownText(100, { example: 'password-reset' }) name!: string;
  @ShownJson({ optional: true }) details?: Readonly<Record<string, unknown>>;
}

export class AttemptsResponse {
  @ShownInteger(0, 10, { example: 0 }) used!: number;
  @ShownInteger(1, 10, { example: 5 }) max!: number;
}

export class ResendsResponse {
  @ShownInteger(0, 5, { example: 0 }) used!: number;
  @ShownInteger(0, 5, { example: 3 }) max!: number;
  @ShownTime({ description: 'When the next resend is possible; null when none is left.', nullable: true })
  availableAt!: string | null;
}

export class DeliveryResponse {
  @ShownEnum(['EMAIL', 'SMS']) channel!: DeliveryStatus['channel'];
  @ShownEnum(['PENDING', 'SENDING', 'SENT', 'DELIVERED', 'FAILED', 'UNKNOWN'])
  status!: DeliveryStatus['status'];
  @ShownInteger(0, 100, { example: 0 }) attempts!: number;
  @ShownTime({ nullable: true }) sentAt!: string | null;
  @ShownText(255, { description: 'Why it failed, as a code.', nullable: true, example: null }) error!:
    string | null;
}

/** A challenge as the contract shows it: never a code, a link or an unmasked recipient. */
export class ChallengeResponse {
  @ShownId() id!: string;
  @ShownEnum(['ISSUED', 'VERIFIED', 'COMPLETED', 'CANCELLED', 'EXPIRED', 'FAILED']) state!: ChallengeState;
  @ShownEnum(['REQUESTED', 'SUPERSEDED', 'NOT_ANSWERED', 'NOT_COMPLETED', 'ATTEMPTS_EXHAUSTED'], {
    nullable: true,
    example: null,
  })
  stateReason!: StateReason | null;
  @ShownEnum(['EMAIL_OTP', 'SMS_OTP', 'EMAIL_LINK', 'TOKEN']) type!: ChallengeType;
  @ShownObject(() => ChallengePolicyResponse) policy!: ChallengePolicyResponse;
  @ShownText(320, { description: 'Masked; null for TOKEN.', nullable: true, example: 'a••@e••••••.com' })
  recipient!: string | null;
  @ShownText(255, { nullable: true, example: 'user-42' }) subject!: string | null;
  @ShownObject(() => ActionResponse, { nullable: true }) action!: ActionResponse | null;
  @ShownText(255, { nullable: true, example: 'nl' }) locale!: string | null;
  @ShownStringMap(16, 512) metadata!: Readonly<Record<string, string>>;
  @ShownObject(() => AttemptsResponse) attempts!: AttemptsResponse;
  @ShownObject(() => ResendsResponse) resends!: ResendsResponse;
  @ShownObject(() => DeliveryResponse, {
    description: 'The newest delivery; null for TOKEN.',
    nullable: true,
  })
  delivery!: DeliveryResponse | null;
  @ShownTime() createdAt!: string;
  @ShownTime() expiresAt!: string;
  @ShownTime({ nullable: true, example: null }) verifiedAt!: string | null;
  @ShownTime({ nullable: true, example: null }) completeBefore!: string | null;
  @ShownTime({ nullable: true, example: null }) completedAt!: string | null;
  @ShownTime({ nullable: true, example: null }) endedAt!: string | null;
}

export class CreatedChallengeResponse extends ChallengeResponse {
  @ShownText(64, {
    description: 'For TOKEN alone, and in this response alone: what answers the challenge.',
    optional: true,
  })
  token?: string;
}
