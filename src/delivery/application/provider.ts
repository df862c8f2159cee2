export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** A rendered e-mail to one recipient. Every attempt of a delivery has the same one. */
export interface EmailMessage {
  readonly deliveryId: string;
  readonly tenant: string;
  readonly from: Mailbox;
  readonly replyTo: string | null;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  /** When the delivery was asked for: the message's date, whenever it goes out. */
  readonly date: Date;
}

/** A rendered text message to one E.164 number. */
export interface SmsMessage {
  readonly deliveryId: string;
  readonly tenant: string;
  /** How the tenant wants to be named as the sender, where networks allow it. */
  readonly senderId: string;
  readonly to: string;
  readonly text: string;
  readonly date: Date;
}

/** A provider took the message over. */
export interface Receipt {
  readonly providerMessageId: string | null;
}

/**
 * PERMANENT: refused for good, by any provider. TRANSIENT: not taken now, or not by this provider. UNKNOWN: the
 * provider may or may not have it.
 */
export type FailureKind = 'PERMANENT' | 'TRANSIENT' | 'UNKNOWN';

/** The only kind of error that a provider throws. `detail` is a short code of ours, never the provider's own words. */
export class ProviderError extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly detail: string,
    readonly retryAfterMs?: number,
  ) {
    super(detail);
    this.name = 'ProviderError';
  }
}

/** No answer came: there was no connection, or it broke off or stayed silent. */
export class ProviderUnreachable extends ProviderError {}

/** A way out to the world. Its name is for people and holds no secret. */
export interface Provider<Message> {
  readonly name: string;

  /** Repeats carry the same identifier, by which they can be recognised as such. */
  readonly recognisesRepeats: boolean;

  /** Hands one message over before the signal aborts; throws `ProviderError`. */
  send(message: Message, signal: AbortSignal): Promise<Receipt>;

  /**
   * Where the provider can tell: whether it took this message since its delivery was asked for, though nobody knew.
   * Throws `ProviderError` when it could not be asked.
   */
  lookUp?(message: Message, signal: AbortSignal): Promise<Receipt | undefined>;

  /** Lets go of connections; what is under way fails. */
  close(): Promise<void>;
}
