import { Injectable } from '@nestjs/common';
import { KeyRing } from '../../keys/key-ring.js';
import { sourceOf } from '../../shared/source-address.js';
import type { EndUser } from '../domain/end-user.js';
import { type Recipient, recipientIdentity } from '../../policy/domain/recipient.js';

/**
 * Keyed hashes by which people are counted and found again, without their addresses being stored: one under
 * each key of the ring, the writing key's first, so that a rotation loses nobody.
 */
@Injectable()
export class IdentityIndex {
  constructor(private readonly keys: KeyRing) {}

  ofRecipient(tenant: string, recipient: Recipient): readonly Buffer[] {
    const parts = ['recipient', recipient.channel, recipientIdentity(recipient)];
    return this.keys.keyIds.map((keyId) => this.keys.mac(tenant, 'index', parts, keyId));
  }

  /** An end user as the audit trail keeps it: one and the same wherever the tenant meets it again under the writing key, however its address is written. */
  ofEndUser(tenant: string, endUser: EndUser = {}): EndUser | undefined {
    const known = Object.entries(endUser).filter(([, value]) => value !== undefined);
    if (known.length === 0) return undefined;
    return Object.fromEntries(
      known.map(([name, value]: [string, string]) => [
        name,
        this.keys
          .mac(tenant, 'index', ['end-user', name, name === 'ip' ? sourceOf(value) : value])
          .toString('base64url'),
      ]),
    );
  }

  /** The keys of a limit's counter. `value` is whom it counts: as it is, or as `ofRecipient` returned it. */
  ofLimit(tenant: string, parts: readonly string[], value: string | readonly Buffer[]): readonly Buffer[] {
    return this.keys.keyIds.map((keyId, place) => {
      const counted = typeof value === 'string' ? value : (value[place] ?? '');
      return this.keys.mac(tenant, 'index', ['limit', ...parts, counted], keyId);
    });
  }
}
