import type { ProviderAddress } from '../../environment/environment.js';
import type { Provider, Receipt, SmsMessage } from '../application/provider.js';
import { mailGatewayPoolOptions } from './smtp-settings.js';
import { SmtpTransport } from './smtp-transport.js';

/** `mail-gateway://`: a text message as a mail to `<digits>@domain`. */
export class MailGatewayProvider implements Provider<SmsMessage> {
  readonly name: string;
  readonly recognisesRepeats = true;
  private readonly transport: SmtpTransport;
  private readonly domain: string;
  private readonly from: string;

  constructor(address: ProviderAddress) {
    const { host, searchParams } = address.url;
    this.name = `mail-gateway:${host}`;
    this.domain = searchParams.get('domain') ?? '';
    this.from = searchParams.get('from') ?? '';
    this.transport = new SmtpTransport(mailGatewayPoolOptions(address));
  }

  async send(message: SmsMessage, signal: AbortSignal): Promise<Receipt> {
    return await this.transport.send(
      {
        id: message.deliveryId,
        from: { name: '', address: this.from },
        replyTo: null,
        to: `${message.to.replace(/\D/g, '')}@${this.domain}`,
        subject: 'SMS',
        text: message.text,
        html: null,
        date: message.date,
      },
      signal,
    );
  }

  close(): Promise<void> {
    this.transport.close();
    return Promise.resolve();
  }
}
