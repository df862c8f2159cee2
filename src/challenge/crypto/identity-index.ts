import { Injectable } from '@nestjs/common';
import { KeyRing } from '../../keys/key-ring.js';
import { type Recipient, recipientIdentity } from '../domain/recipient.js';

/** Keyed hashes by which people are counted and found again, without their addresses being stored. */
@Injectable()
export class IdentityIndex {
  constructor(private readonly keys: KeyRing) {}

  ofRecipient(tenant: string, recipient: Recipient): Buffer {
    return this.keys.mac(tenant, 'index', ['recipient', recipient.channel, recipientIdentity(recipient)]);
  }

  /** The key of a limit's counter. */
  ofLimit(tenant: string, parts: readonly (string | Buffer)[]): Buffer {
    return this.keys.mac(tenant, 'index', ['limit', ...parts]);
  }
}
