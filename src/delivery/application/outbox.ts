import type { Transaction } from '../../shared/transactor.js';
import type { Channel, TemplateVariables } from '../../template/template.js';
import type { Sender } from './sender.js';

/** Everything the worker needs to render and send one message; sealed in the delivery's row until it is sent or withdrawn. */
export interface OutgoingMessage {
  readonly challengeId: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly channel: Channel;
  /** E-mail address or E.164 number. */
  readonly recipient: string;
  /** As asked for by the caller (BCP 47); null takes the template's default. */
  readonly locale: string | null;
  /** What the template may speak of, the code or token included. */
  readonly variables: TemplateVariables;
  readonly sender: Sender;
}

/** A message as its row has it; the version before kept none with a sender. */
export type KeptMessage = Omit<OutgoingMessage, 'sender'> & Partial<Pick<OutgoingMessage, 'sender'>>;

/** Why a delivery ended unsent: shown as the delivery's `error`. */
export type WithdrawalReason = 'CHALLENGE_ENDED' | 'SUPERSEDED';

/**
 * The outbox: a delivery is a row committed together with its challenge, and the worker takes it from there.
 * Nothing here waits for a queue or a provider.
 */
export abstract class Outbox {
  /**
   * Adds a delivery to the transaction and returns its identifier. `usefulUntil` is the challenge's expiry
   * less the time a message needs to be of use.
   */
  abstract add(tx: Transaction, message: OutgoingMessage, usefulUntil: Date): string;

  /** The message of an earlier delivery, to be sent again; undefined once it was wiped. */
  abstract reopen(tx: Transaction, deliveryId: string): Promise<KeptMessage | undefined>;

  /** Wipes a delivery's message and ends it if it still waited to be sent. A send already under way goes on. */
  abstract withdraw(tx: Transaction, deliveryId: string, reason: WithdrawalReason): void;
}
