import { createHmac } from 'node:crypto';
import type { ProviderAddress } from '../../environment/environment.js';
import { AppError, type Finding } from '../../shared/app-error.js';
import type { DeliveryReceipt, ReceiptStatus } from '../domain/receipt.js';
import { areSame } from './same-bytes.js';

const TOLERANCE_SECONDS = 300;
const STATUSES: Readonly<Record<string, ReceiptStatus>> = {
  sent: 'SENT',
  delivered: 'DELIVERED',
  failed: 'UNDELIVERED',
};

/** The gateways that send receipts. */
export class GatewaySigners {
  constructor(private readonly gateways: readonly ProviderAddress[]) {}

  /** Whose secret signed the body within the last five minutes, in the form in which we sign ours. */
  find(body: Buffer, signature: unknown, now = Date.now()): ProviderAddress | undefined {
    const [, seconds, mac] =
      /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(typeof signature === 'string' ? signature : '') ?? [];
    if (seconds === undefined || mac === undefined) return undefined;
    if (Math.abs(now / 1_000 - Number(seconds)) > TOLERANCE_SECONDS) return undefined;
    return this.gateways.find(({ url }) => {
      const secret = url.searchParams.get('secret') ?? '';
      const expected = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest();
      return areSame(Buffer.from(mac, 'hex'), expected);
    });
  }
}

/** What a gateway says, `{ id, status }`, of the delivery that the path names and that `id` must repeat. */
export function gatewayReceipt(provider: string, deliveryId: string, body: object): DeliveryReceipt {
  const { id, status, ...others } = body as Readonly<Record<string, unknown>>;
  const known = typeof status === 'string' && Object.hasOwn(STATUSES, status) ? STATUSES[status] : undefined;
  const errors: Finding[] = Object.keys(others).map((name) => ({
    pointer: `/${name.replace(/~/g, '~0').replace(/\//g, '~1')}`,
    code: 'unknown-property',
    detail: 'this property is not allowed',
  }));
  if (id !== deliveryId)
    errors.push({ pointer: '/id', code: 'not-allowed', detail: 'id must be that of the path' });
  if (known === undefined)
    errors.push({
      pointer: '/status',
      code: 'not-allowed',
      detail: 'status must be sent, delivered or failed',
    });
  if (known === undefined || errors.length > 0) throw new AppError('request-invalid', { errors });
  return { provider, messageId: null, status: known, cause: null };
}
