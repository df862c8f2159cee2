import type { ProviderAddress } from '../../environment/environment.js';
import type { Provider, Receipt, SmsMessage } from '../application/provider.js';
import { HttpClient } from './http-client.js';
import { isAccepted, statusError } from './http-errors.js';
import { textMember } from './json-text.js';

/**
 * `twilio://`: Twilio's Messages resource (https://www.twilio.com/docs/messaging/api/message-resource). It has no
 * idempotency key: a repeat is a new message, sent and charged again.
 */
export class TwilioProvider implements Provider<SmsMessage> {
  readonly name: string;
  readonly recognisesRepeats = false;
  private readonly http = new HttpClient();
  private readonly url: string;
  private readonly authorization: string;
  private readonly sender: Readonly<Record<string, string>>;

  constructor({ url }: ProviderAddress) {
    const account = decodeURIComponent(url.username);
    const parameters = url.searchParams;
    this.name = `twilio:${url.host}`;
    this.url = `${parameters.get('scheme') ?? 'https'}://${url.host}/2010-04-01/Accounts/${encodeURIComponent(account)}/Messages.json`;
    this.authorization = `Basic ${Buffer.from(`${account}:${decodeURIComponent(url.password)}`).toString('base64')}`;
    const service = parameters.get('messagingServiceSid');
    this.sender =
      service === null ? { From: parameters.get('from') ?? '' } : { MessagingServiceSid: service };
  }

  async send({ to, text }: SmsMessage, signal: AbortSignal): Promise<Receipt> {
    const form = new URLSearchParams({ To: to, Body: text, ...this.sender });
    const headers = {
      authorization: this.authorization,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    };
    const answer = await this.http.post(this.url, headers, form.toString(), signal);
    if (isAccepted(answer)) return { providerMessageId: textMember(answer.text, 'sid') ?? null };
    const code = textMember(answer.text, 'code');
    throw statusError(answer, code === undefined ? undefined : `twilio-${code}`);
  }

  async close(): Promise<void> {
    await this.http.close();
  }
}
