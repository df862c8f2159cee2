import { createHmac } from 'node:crypto';
import type { ProviderAddress } from '../../environment/environment.js';
import type { EmailMessage, Provider, Receipt, SmsMessage } from '../application/provider.js';
import { providerName } from '../application/provider-name.js';
import { receiptUrl } from '../application/receipt-url.js';
import { type GatewayBody, gatewayBody, type GatewayFields } from './gateway-body.js';
import { HttpClient } from './http-client.js';
import { isAccepted, statusError } from './http-errors.js';
import { textMember } from './json-text.js';

/**
 * `gateway+https://`: a service of the operator's that takes messages as JSON. It is told which delivery it is, by
 * which it recognises repeats, and checks `X-Acs-Signature: t=<seconds>,v1=HMAC-SHA256(secret, t.body)`, in hex.
 * Where receipts are asked for, `X-Acs-Receipt-Url` names where they go.
 */
export class GatewayProvider<Message extends EmailMessage | SmsMessage> implements Provider<Message> {
  readonly name: string;
  readonly recognisesRepeats = true;
  private readonly http = new HttpClient();
  private readonly url: string;
  private readonly secret: string;
  private readonly body: GatewayBody;

  constructor(
    private readonly address: ProviderAddress,
    private readonly fieldsOf: (message: Message) => GatewayFields,
  ) {
    const { scheme, url } = address;
    this.name = providerName(address);
    this.url = `${scheme.slice('gateway+'.length)}://${url.host}${url.pathname || '/'}`;
    this.secret = url.searchParams.get('secret') ?? '';
    this.body = gatewayBody(url.searchParams.get('template'));
  }

  async send(message: Message, signal: AbortSignal): Promise<Receipt> {
    const body = this.body(this.fieldsOf(message));
    const seconds = Math.floor(Date.now() / 1_000);
    const mac = createHmac('sha256', this.secret).update(`${seconds}.${body}`).digest('hex');
    const receipts = receiptUrl(this.address, 'gateway', message);
    const headers = {
      'content-type': 'application/json',
      'x-acs-signature': `t=${seconds},v1=${mac}`,
      ...(receipts === undefined ? {} : { 'x-acs-receipt-url': receipts }),
    };
    const answer = await this.http.post(this.url, headers, body, signal);
    if (!isAccepted(answer)) throw statusError(answer);
    return { providerMessageId: textMember(answer.text, 'id') ?? null };
  }

  async close(): Promise<void> {
    await this.http.close();
  }
}

export function smsFields({ deliveryId, to, text, tenant }: SmsMessage): GatewayFields {
  return { id: deliveryId, to, text, tenant };
}

export function emailFields({ deliveryId, tenant, to, text, html, subject }: EmailMessage): GatewayFields {
  return { id: deliveryId, to, text, tenant, subject, html };
}
