import type { KeyRing } from '../../keys/key-ring.js';
import type { UnsureAttempt } from '../application/attempt.js';
import type { LockedDelivery } from '../application/delivery-store.js';
import type { KeptMessage } from '../application/outbox.js';
import type { DeliveryState } from '../domain/delivery.js';
import type { DeliveryReceipt } from '../domain/receipt.js';
import { openMessage } from './sealed-message.js';

/** A locked row as the query of `SqlDeliveryStore` names its columns. */
export interface DeliveryRow extends DeliveryState {
  readonly id: string;
  readonly challengeId: string;
  readonly policyId: string;
  readonly policyVersion: number;
  readonly createdAt: Date;
  readonly sealed: Buffer | null;
  readonly traceparent: string | null;
  readonly unsure: UnsureAttempt | null;
  readonly receipt: DeliveryReceipt | null;
}

export function toLockedDelivery(row: DeliveryRow, keys: KeyRing, tenant: string): LockedDelivery {
  const { sealed, ...state } = row;
  return { ...state, message: sealed ? readable(row, keys, tenant, sealed) : undefined };
}

function readable(
  { id, challengeId, policyId, policyVersion, channel }: DeliveryRow,
  keys: KeyRing,
  tenant: string,
  sealed: Buffer,
): KeptMessage | undefined {
  try {
    return { challengeId, policyId, policyVersion, channel, ...openMessage(keys, tenant, id, sealed) };
  } catch {
    return undefined; // altered, or sealed with a key that is gone: the delivery ends and says so
  }
}
