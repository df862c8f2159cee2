import type { Channel } from '../../template/template.js';
import type { EmailMessage, Provider, SmsMessage } from './provider.js';

/** The process's providers, per channel in the order in which they are tried. */
export class Channels {
  constructor(
    private readonly email: readonly Provider<EmailMessage>[],
    private readonly sms: readonly Provider<SmsMessage>[],
  ) {}

  /** The provider for e-mail: the first, and after each refusal for now the next, round and round. */
  emailAfter(refusals: number): Provider<EmailMessage> | undefined {
    return this.email[refusals % this.email.length];
  }

  smsAfter(refusals: number): Provider<SmsMessage> | undefined {
    return this.sms[refusals % this.sms.length];
  }

  /** The name of the provider that would be tried; undefined when the channel has none. */
  nameAfter(channel: Channel, refusals: number): string | undefined {
    return (channel === 'EMAIL' ? this.emailAfter(refusals) : this.smsAfter(refusals))?.name;
  }

  /** Whether a refusal for now leaves a provider that has not been tried in this round. */
  hasAnother(channel: Channel, refusals: number): boolean {
    const count = (channel === 'EMAIL' ? this.email : this.sms).length;
    return (refusals + 1) % count !== 0;
  }

  async close(): Promise<void> {
    await Promise.all([...this.email, ...this.sms].map((provider) => provider.close()));
  }
}
