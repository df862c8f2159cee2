import type { Settings } from '../../config/domain/configuration.js';
import type { Template } from '../../template/template.js';
import type { UnsureAttempt } from './delivery-store.js';
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
  /** The newest of the earlier attempts of which a provider may have the message. */
  readonly unsure: UnsureAttempt | null;
  /** The name of the provider that it goes to, and after how many milliseconds. */
  readonly provider: string;
  readonly afterMs: number;
  /** The providers that refused for now before, in order. */
  readonly refusedBy: readonly string[];
  readonly createdAt: Date;
  readonly message: OutgoingMessage;
  readonly template: Template;
  readonly sender: Sender;
  /** The step of a trace that asked for the delivery. */
  readonly traceparent: string | null;
}
