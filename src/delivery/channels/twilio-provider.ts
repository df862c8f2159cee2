import type { ProviderAddress } from '../../environment/environment.js';
import type { Provider, ProviderError, Receipt, SmsMessage } from '../application/provider.js';
import { providerName } from '../application/provider-name.js';
import { receiptUrl } from '../application/receipt-url.js';
import { type HttpAnswer, HttpClient } from './http-client.js';
import { isAccepted, statusError } from './http-errors.js';
import { textMember } from './json-text.js';
import { listedMessages } from './twilio-list.js';

/** What is read of a list of messages: the newest, in one answer within the client's bound. */
const LISTED = 20;
/** What the clocks of the database and of Twilio, which tells seconds, may differ by. */
const SKEW_MS = 5_000;

/**
 * `twilio://`: Twilio's Messages resource (https://www.twilio.com/docs/messaging/api/message-resource). It has no
 * idempotency key: a repeat is a new message, sent and charged again.
 */
export class TwilioProvider implements Provider<SmsMessage> {
  readonly name: string;
  readonly recognisesRepeats = false;
  private readonly http = new HttpClient();
  private readonly url: string;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly sender: Readonly<Record<string, string>>;

  constructor(private readonly address: ProviderAddress) {
    const { url } = address;
    const account = decodeURIComponent(url.username);
    const parameters = url.searchParams;
    this.name = providerName(address);
    this.url = `${parameters.get('scheme') ?? 'https'}://${url.host}/2010-04-01/Accounts/${encodeURIComponent(account)}/Messages.json`;
    const credentials = Buffer.from(`${account}:${decodeURIComponent(url.password)}`).toString('base64');
    this.headers = { authorization: `Basic ${credentials}`, accept: 'application/json' };
    const service = parameters.get('messagingServiceSid');
    this.sender =
      service === null ? { From: parameters.get('from') ?? '' } : { MessagingServiceSid: service };
  }

  async send(message: SmsMessage, signal: AbortSignal): Promise<Receipt> {
    const { to, text } = message;
    const callback = receiptUrl(this.address, 'twilio', message);
    const form = new URLSearchParams({
      To: to,
      Body: text,
      ...this.sender,
      ...(callback === undefined ? {} : { StatusCallback: callback }),
    });
    const headers = { ...this.headers, 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.http.post(this.url, headers, form.toString(), signal);
    if (isAccepted(answer)) return { providerMessageId: textMember(answer.text, 'sid') ?? null };
    throw refusal(answer);
  }

  /** By recipient and text, which holds the code: a message that waits to go out has no time of sending to ask for. */
  async lookUp({ to, text, date }: SmsMessage, signal: AbortSignal): Promise<Receipt | undefined> {
    const query = new URLSearchParams({ To: to, PageSize: String(LISTED) });
    const answer = await this.http.get(`${this.url}?${query.toString()}`, this.headers, signal);
    if (!isAccepted(answer)) throw refusal(answer);
    const sid = listedMessages(answer.text).find(
      (listed) =>
        listed.body === text &&
        listed.direction?.startsWith('outbound') === true &&
        Date.parse(listed.date_created ?? '') >= date.getTime() - SKEW_MS,
    )?.sid;
    return sid === undefined ? undefined : { providerMessageId: sid };
  }

  async close(): Promise<void> {
    await this.http.close();
  }
}

function refusal(answer: HttpAnswer): ProviderError {
  const code = textMember(answer.text, 'code');
  return statusError(answer, code === undefined ? undefined : `twilio-${code}`);
}
