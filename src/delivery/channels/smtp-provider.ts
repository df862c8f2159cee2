import type { ProviderAddress } from '../../environment/environment.js';
import type { EmailMessage, Provider, Receipt } from '../application/provider.js';
import { smtpPoolOptions } from './smtp-settings.js';
import { SmtpTransport } from './smtp-transport.js';

/** `smtp://` and `smtps://`: a mail server. A repeat has the same Message-ID, by which mail systems drop it. */
export class SmtpProvider implements Provider<EmailMessage> {
  readonly name: string;
  readonly recognisesRepeats = true;
  private readonly transport: SmtpTransport;

  constructor(address: ProviderAddress) {
    this.name = `${address.scheme}:${address.url.host}`;
    this.transport = new SmtpTransport(smtpPoolOptions(address));
  }

  async send({ deliveryId, ...mail }: EmailMessage, signal: AbortSignal): Promise<Receipt> {
    return await this.transport.send({ id: deliveryId, ...mail }, signal);
  }

  close(): Promise<void> {
    this.transport.close();
    return Promise.resolve();
  }
}
