import { IdentityIndex } from '../../challenge/crypto/identity-index.js';
import { emailRecipient, phoneRecipient, type Recipient } from '../../policy/domain/recipient.js';
import type { ConfigurationReader } from '../../config/application/configuration-reader.js';
import type { Transaction } from '../../shared/transactor.js';
import { UsageError } from '../failures.js';
import type { KnownRecipient } from './erase-recipient.js';
import type { RecipientRows } from './recipient-rows.js';

/** An address as `POST /v1/challenges` reads it, whatever its letter case, or its domain's script. Throws `UsageError`. */
export function recipientOf(text: string): Recipient {
  const recipient = text.includes('@') ? emailRecipient(text) : phoneRecipient(text);
  if (!recipient)
    throw new UsageError('Give an e-mail address, or a phone number in E.164 form such as +31612345678.');
  return recipient;
}

/** What the tenant's rows know a recipient by, under every key of the ring. */
export async function knownAs(
  tx: Transaction,
  recipient: Recipient,
  index: IdentityIndex,
  configurations: ConfigurationReader,
  rows: RecipientRows,
): Promise<KnownRecipient> {
  const indexes = index.ofRecipient(tx.tenant, recipient);
  const [{ issuance }, policies] = await Promise.all([configurations.current(tx), rows.policyWindows(tx)]);
  const limits = [{ policyId: '', windowSeconds: issuance.perRecipient.windowSeconds }, ...policies];
  const counterKeys = limits.flatMap(({ policyId, windowSeconds }) =>
    index.ofLimit(tx.tenant, [policyId, 'RECIPIENT', String(windowSeconds)], indexes),
  );
  return { indexes, counterKeys };
}
