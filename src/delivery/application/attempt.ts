import type { Settings } from '../../config/domain/configuration.js';
import type { Template } from '../../template/template.js';
import type { OutgoingMessage } from './outbox.js';

/** What the tenant's configuration says of its channels. */
export type Sender = Pick<Settings, 'email' | 'sms'>;

/** An attempt that was counted and committed: what it takes to carry it out and to record its outcome. */
export interface Attempt {
  readonly tenant: string;
  readonly deliveryId: string;
  readonly number: number;
  /** Grows with the claim and with the attempt; an outcome is recorded only while it is the newest. */
  readonly fence: number;
  /** How often providers refused for now: it picks the provider. */
  readonly refusals: number;
  readonly createdAt: Date;
  readonly message: OutgoingMessage;
  readonly template: Template;
  readonly sender: Sender;
}
