import type { AttemptOutcome, Conclusion } from './conclude.js';
import { type DeliveryStatus, endUnsent, type Settlement } from './delivery.js';

/** What a provider says of a message: it has it, it got there, it did not, or its recipient complained of it. */
export type ReceiptStatus = 'SENT' | 'DELIVERED' | 'UNDELIVERED' | 'COMPLAINED';

/** What an authenticated provider says, after the hand-over, of a message of ours. */
export interface DeliveryReceipt {
  /** The provider's name, as its attempts have it. */
  readonly provider: string;
  /** The provider's own name for the message; null where it goes by the delivery's. */
  readonly messageId: string | null;
  readonly status: ReceiptStatus;
  /** A code of the provider for why, in our form; never its words. */
  readonly cause: string | null;
}

/** A delivery as far as a receipt of one provider is about it. */
export interface Receivable {
  readonly status: DeliveryStatus;
  /** Who took the message, and how they call it; null while nobody is known to have. */
  readonly provider: string | null;
  readonly providerMessageId: string | null;
  /** The furthest receipt that came during the attempt under way. */
  readonly kept: DeliveryReceipt | null;
  /** The receipt's provider was handed the message, or was tried with it. */
  readonly attempted: boolean;
  /** The newest attempt was the receipt's provider's. */
  readonly isNewest: boolean;
  /** Other messages of this delivery exist, or may, of which this receipt tells nothing. */
  readonly othersMayExist: boolean;
}

/** `keep`: for the worker whose attempt is under way. `note`: on the audit trail alone. `ignore`: it changes nothing. */
export type ReceiptDecision = Settlement | { readonly kind: 'keep' | 'note' | 'ignore' };

const SENT: Settlement = { kind: 'settle', status: 'SENT', error: null };
const DELIVERED: Settlement = { kind: 'settle', status: 'DELIVERED', error: null };
const UNDELIVERED: Settlement = { kind: 'settle', status: 'FAILED', error: 'UNDELIVERED' };

/**
 * The moves that receipts make, all of them forward in one order, so that it does not matter in which order they
 * come or how often. DELIVERED is final. A repeat that is due goes out in spite of UNDELIVERED, not of the others.
 *
 * ```mermaid
 * flowchart LR
 *   U[PENDING, UNKNOWN, DEAD] --> SENT --> FAILED --> DELIVERED
 * ```
 */
export const RECEIPT_MOVES: Readonly<
  Record<Exclude<ReceiptStatus, 'COMPLAINED'>, Partial<Readonly<Record<DeliveryStatus, Settlement>>>>
> = {
  SENT: { PENDING: SENT, UNKNOWN: SENT, DEAD: SENT },
  UNDELIVERED: { UNKNOWN: UNDELIVERED, DEAD: UNDELIVERED, SENT: UNDELIVERED },
  DELIVERED: {
    PENDING: DELIVERED,
    UNKNOWN: DELIVERED,
    DEAD: DELIVERED,
    SENT: DELIVERED,
    FAILED: DELIVERED,
  },
};

const IGNORE = { kind: 'ignore' } as const;
const ORDER: readonly ReceiptStatus[] = ['COMPLAINED', 'SENT', 'UNDELIVERED', 'DELIVERED'];

/**
 * What a receipt does to a delivery. It counts only from a provider that was tried with the message and, once one is
 * known to have taken it, from that one about that message. An attempt under way is its worker's alone to conclude:
 * until then the receipt is kept beside it.
 */
export function decideReceipt(delivery: Receivable, receipt: DeliveryReceipt): ReceiptDecision {
  const { status, kept } = delivery;
  if (!delivery.attempted || !isAboutTheMessage(delivery, receipt)) return IGNORE;
  if (receipt.status === 'COMPLAINED') return { kind: 'note' };
  if (status === 'SENDING') {
    // Of an earlier attempt: the one under way may do better.
    if (receipt.status === 'UNDELIVERED' && !delivery.isNewest) return IGNORE;
    return kept && rank(kept) >= rank(receipt) ? IGNORE : { kind: 'keep' };
  }
  const isUnsettled = status === 'UNKNOWN' || status === 'DEAD';
  if (receipt.status === 'UNDELIVERED' && isUnsettled && delivery.othersMayExist) return IGNORE;
  return RECEIPT_MOVES[receipt.status][status] ?? IGNORE;
}

/** What a kept receipt makes of a delivery whose worker is gone: nothing is repeated that a provider has. */
export function settleAbandoned(kept: DeliveryReceipt | null): Settlement | undefined {
  if (kept?.status === 'DELIVERED') return DELIVERED;
  return kept?.status === 'SENT' ? SENT : undefined;
}

/**
 * What a kept receipt makes of the conclusion of its attempt: the provider's word goes before an outcome that its
 * connection left open, or that it gave before it knew. `unknowns` counts earlier attempts.
 */
export function concludeByReceipt(
  kept: DeliveryReceipt | null,
  outcome: AttemptOutcome,
  conclusion: Conclusion,
  unknowns: number,
): Conclusion {
  if (kept?.status === 'DELIVERED') return DELIVERED;
  if (kept?.status === 'SENT') return outcome.kind === 'SENT' ? conclusion : SENT;
  if (kept?.status !== 'UNDELIVERED') return conclusion;
  if (outcome.kind === 'SENT') {
    const isItsOwn = kept.messageId === null || kept.messageId === outcome.providerMessageId;
    return isItsOwn ? UNDELIVERED : conclusion;
  }
  return outcome.kind === 'UNKNOWN' ? endUnsent('UNDELIVERED', unknowns) : conclusion;
}

function isAboutTheMessage(
  { provider, providerMessageId }: Receivable,
  { provider: speaker, messageId }: DeliveryReceipt,
): boolean {
  const isAnother = providerMessageId !== null && messageId !== null && providerMessageId !== messageId;
  return provider === null || (provider === speaker && !isAnother);
}

function rank({ status }: DeliveryReceipt): number {
  return ORDER.indexOf(status);
}
