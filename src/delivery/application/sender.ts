import type { Settings } from '../../config/domain/configuration.js';
import type { Mailbox } from './provider.js';

/** As whom a message goes out: settled when it is asked for, so that every attempt has the same. */
export interface Sender {
  readonly from: Mailbox;
  readonly replyTo: string | null;
  readonly senderId: string;
}

/** The sender that a tenant's configuration names. */
export function senderOf({ email, sms }: Pick<Settings, 'email' | 'sms'>): Sender {
  return { from: email.from, replyTo: email.replyTo, senderId: sms.senderId };
}
