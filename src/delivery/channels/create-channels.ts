import type { ProviderAddress } from '../../environment/environment.js';
import { StartRefused } from '../../shared/start-refused.js';
import { Channels, type Way } from '../application/channels.js';
import type { EmailMessage, Provider, SmsMessage } from '../application/provider.js';
import { emailFields, GatewayProvider, smsFields } from './gateway-provider.js';
import { MailGatewayProvider } from './mail-gateway-provider.js';
import { SmtpProvider } from './smtp-provider.js';
import { TwilioProvider } from './twilio-provider.js';

type Factory<Message> = (address: ProviderAddress) => Provider<Message> | Promise<Provider<Message>>;

const EMAIL: Readonly<Record<string, Factory<EmailMessage>>> = {
  smtp: (address) => new SmtpProvider(address),
  smtps: (address) => new SmtpProvider(address),
  // The AWS SDK is large: only those who use it load it.
  ses: async (address) => new (await import('./ses-provider.js')).SesProvider(address),
  'gateway+https': (address) => new GatewayProvider(address, emailFields),
  'gateway+http': (address) => new GatewayProvider(address, emailFields),
};

const SMS: Readonly<Record<string, Factory<SmsMessage>>> = {
  'mail-gateway': (address) => new MailGatewayProvider(address),
  twilio: (address) => new TwilioProvider(address),
  sns: async (address) => new (await import('./sns-provider.js')).SnsProvider(address),
  'gateway+https': (address) => new GatewayProvider(address, smsFields),
  'gateway+http': (address) => new GatewayProvider(address, smsFields),
};

/** The providers that the environment names, in its order. Throws `StartRefused` for what cannot be used. */
export async function createChannels(environment: {
  readonly emailProviders: readonly ProviderAddress[];
  readonly smsProviders: readonly ProviderAddress[];
}): Promise<Channels> {
  return new Channels(
    await Promise.all(environment.emailProviders.map((address) => create('EMAIL_PROVIDERS', EMAIL, address))),
    await Promise.all(environment.smsProviders.map((address) => create('SMS_PROVIDERS', SMS, address))),
  );
}

async function create<Message>(
  key: string,
  factories: Readonly<Record<string, Factory<Message>>>,
  address: ProviderAddress,
): Promise<Way<Message>> {
  const factory = factories[address.scheme];
  if (!factory)
    throw new StartRefused(`${key}: there is no provider for ${address.scheme}:// on this channel.`);
  const rate = address.url.searchParams.get('rate');
  const provider = await factory(address);
  return rate === null ? { provider } : { provider, ratePerSecond: Number(rate) };
}
