import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import type { ProviderAddress } from '../../environment/environment.js';
import type { EmailMessage, Provider, Receipt } from '../application/provider.js';
import { providerName } from '../application/provider-name.js';
import { deliveryTags } from '../receipts/ses-tags.js';
import { AWS_CLIENT } from './aws-client.js';
import { awsError } from './aws-errors.js';
import { composeMail } from './mail.js';

/** `ses://`: Amazon SES, API v2. It replaces the Message-ID and knows no repeats. */
export class SesProvider implements Provider<EmailMessage> {
  readonly name: string;
  readonly recognisesRepeats = false;
  private readonly client: SESv2Client;
  private readonly configurationSet: string | null;
  private readonly hasReceipts: boolean;

  constructor(address: ProviderAddress) {
    const { url } = address;
    this.name = providerName(address);
    this.hasReceipts = url.searchParams.has('receipts');
    this.configurationSet = url.searchParams.get('configurationSet');
    this.client = new SESv2Client({ region: url.hostname, ...AWS_CLIENT });
  }

  async send(message: EmailMessage, signal: AbortSignal): Promise<Receipt> {
    const { envelope, raw } = composeMail({ ...message, id: message.deliveryId });
    const command = new SendEmailCommand({
      FromEmailAddress: envelope.from,
      Destination: { ToAddresses: envelope.to },
      Content: { Raw: { Data: raw } },
      ...(this.hasReceipts ? { EmailTags: deliveryTags(message) } : {}),
      ...(this.configurationSet === null ? {} : { ConfigurationSetName: this.configurationSet }),
    });
    try {
      const { MessageId } = await this.client.send(command, { abortSignal: signal });
      return { providerMessageId: MessageId ?? null };
    } catch (error) {
      throw awsError(error, signal);
    }
  }

  close(): Promise<void> {
    this.client.destroy();
    return Promise.resolve();
  }
}
