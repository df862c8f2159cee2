import type { KeyRing } from '../../keys/key-ring.js';
import type { SealedColumn } from '../../keys/sealed-column.js';
import type { KeptMessage, OutgoingMessage } from '../application/outbox.js';

/** What of a message is secret or personal; the rest of it has columns of its own. */
type SealedPart<Message extends KeptMessage> = Pick<Message, 'recipient' | 'locale' | 'variables' | 'sender'>;

/** Seals a message to its delivery's row (AES-256-GCM). */
export function sealMessage(
  keys: KeyRing,
  tenant: string,
  deliveryId: string,
  { recipient, locale, variables, sender }: OutgoingMessage,
): Buffer {
  const part: SealedPart<OutgoingMessage> = { recipient, locale, variables, sender };
  return keys.seal(tenant, deliveryId, JSON.stringify(part));
}

/** Opens what `sealMessage` wrote; throws when it was altered, moved to another row, or its key is gone. */
export function openMessage(
  keys: KeyRing,
  tenant: string,
  deliveryId: string,
  sealed: Buffer,
): SealedPart<KeptMessage> {
  return JSON.parse(keys.open(tenant, deliveryId, sealed).toString()) as SealedPart<KeptMessage>;
}

export const SEALED_MESSAGES: SealedColumn = {
  subject: 'messages',
  table: 'delivery',
  column: 'message_sealed',
  name: { column: 'id', type: 'uuid' },
  listing: 'deliveries_sealed_otherwise',
  rowId: (deliveryId) => deliveryId,
};
