import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { ProviderAddress } from '../../environment/environment.js';
import type { Provider, Receipt, SmsMessage } from '../application/provider.js';
import { AWS_CLIENT } from './aws-client.js';
import { awsError } from './aws-errors.js';

/** `sns://`: text messages by Amazon SNS. A sender of the DSN goes before the tenant's; repeats are new messages. */
export class SnsProvider implements Provider<SmsMessage> {
  readonly name: string;
  readonly recognisesRepeats = false;
  private readonly client: SNSClient;
  private readonly senderId: string | null;

  constructor({ url }: ProviderAddress) {
    this.name = `sns:${url.hostname}`;
    this.senderId = url.searchParams.get('senderId');
    this.client = new SNSClient({ region: url.hostname, ...AWS_CLIENT });
  }

  async send(message: SmsMessage, signal: AbortSignal): Promise<Receipt> {
    const command = new PublishCommand({
      PhoneNumber: message.to,
      Message: message.text,
      MessageAttributes: {
        'AWS.SNS.SMS.SMSType': text('Transactional'),
        'AWS.SNS.SMS.SenderID': text(this.senderId ?? message.senderId),
      },
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

function text(value: string): { readonly DataType: 'String'; readonly StringValue: string } {
  return { DataType: 'String', StringValue: value };
}
