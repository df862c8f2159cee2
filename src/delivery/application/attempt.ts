import type { Template } from '../../template/template.js';
import type { KeptMessage } from './outbox.js';
import type { Sender } from './sender.js';

/** An earlier attempt of which nobody knows whether its provider took the message. */
export interface UnsureAttempt {
  readonly provider: string;
  /** Its worker was lost with it, so that the provider may not even have been asked. */
  readonly isLost: boolean;
}

/** An attempt that was counted and committed: what it takes to carry it out and to record its outcome. */
export interface Attempt {
  readonly tenant: string;
  readonly deliveryId: string;
  readonly number: number;
  /** Grows with the claim and with the attempt; an outcome is recorded only while it is the newest. */
  readonly fence: number;
  /** The newest of the earlier attempts of which a provider may have the message. */
  readonly unsure: UnsureAttempt | null;
  /** It only asks what became of that one, and hands nothing over. */
  readonly onlyAsks: boolean;
  /** The name of the provider that it goes to, and after how many milliseconds. */
  readonly provider: string;
  readonly afterMs: number;
  /** The providers that refused for now before, in order. */
  readonly refusedBy: readonly string[];
  readonly createdAt: Date;
  readonly message: KeptMessage;
  readonly template: Template;
  readonly sender: Sender;
  /** Of a text message, by today's configuration. */
  readonly maxSegments: number;
  /** The step of a trace that asked for the delivery. */
  readonly traceparent: string | null;
}
