import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { KeyRing } from '../../keys/key-ring.js';
import type { ChallengeType } from '../../template/template.js';
import { normaliseAnswer } from '../domain/secret.js';

/** A stored answer: HMAC-SHA-256 under a key of the ring, bound to its tenant and challenge. */
export interface KeptAnswer {
  readonly keyId: string;
  readonly mac: Buffer;
}

/** What an answer is bound to, and how it is read. */
interface Answerable {
  readonly id: string;
  readonly type: ChallengeType;
}

/** Turns answers into what may be stored, and compares them in constant time. */
@Injectable()
export class AnswerKeeper {
  constructor(private readonly keys: KeyRing) {}

  keep(tenant: string, challenge: Answerable, answer: string): KeptAnswer {
    const keyId = this.keys.currentKeyId;
    return { keyId, mac: this.mac(tenant, challenge, answer, keyId) };
  }

  matches(tenant: string, challenge: Answerable, answer: string, kept: KeptAnswer): boolean {
    return timingSafeEqual(this.mac(tenant, challenge, answer, kept.keyId), kept.mac);
  }

  /** An answer as any key of the ring and any type of challenge may have kept it: to look up superseded ones. */
  everyMac(tenant: string, id: string, answer: string): Buffer[] {
    return this.keys.keyIds.flatMap((keyId) =>
      (['EMAIL_OTP', 'EMAIL_LINK'] as const).map((type) => this.mac(tenant, { id, type }, answer, keyId)),
    );
  }

  private mac(tenant: string, challenge: Answerable, answer: string, keyId: string): Buffer {
    return this.keys.mac(tenant, 'answer', [challenge.id, normaliseAnswer(challenge.type, answer)], keyId);
  }
}
