import { verify } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { ProviderAddress } from '../../environment/environment.js';
import { providerName } from '../application/provider-name.js';
import { SnsCertificates } from './sns-certificates.js';
import { SnsClient } from './sns-client.js';
import { type SnsMessage, stringToSign } from './sns-message.js';

/** A topic whose signature over a message was checked. */
export interface SnsSigner {
  /** The provider whose events the topic carries. */
  readonly provider: string;
  /** Answers a `SubscriptionConfirmation`. */
  confirm(message: SnsMessage): Promise<void>;
}

const DIGESTS = { '1': 'RSA-SHA1', '2': 'RSA-SHA256' } as const;
const CERTIFICATE_PATH = /^\/SimpleNotificationService-[0-9a-f]{1,64}\.pem$/;

/** The topics that the events of Amazon SES are published to. What they name is fetched from SNS itself, or not at all. */
@Injectable()
export class SnsTopics implements OnApplicationShutdown {
  private readonly log = new Logger('Receipts');
  private readonly client = new SnsClient();
  private readonly certificates = new SnsCertificates(this.client);

  constructor(private readonly providers: readonly ProviderAddress[]) {}

  /** Undefined when no topic of ours signed the message. Throws `unavailable` when its key cannot be had now. */
  async signerOf(message: SnsMessage): Promise<SnsSigner | undefined> {
    const { TopicArn, SigningCertURL, SignatureVersion, Signature } = message;
    const provider = this.providers.find(({ url }) => url.searchParams.get('topicArn') === TopicArn);
    if (!provider) return undefined;
    const certificate = ownUrl(provider, SigningCertURL);
    if (!certificate || !CERTIFICATE_PATH.test(certificate.pathname) || certificate.search !== '')
      return undefined;
    const key = await this.certificates.keyAt(certificate.href);
    const text = Buffer.from(stringToSign(message));
    if (!key || !verify(DIGESTS[SignatureVersion], text, key, Buffer.from(Signature, 'base64')))
      return undefined;
    return {
      provider: providerName(provider),
      confirm: (confirmation) => this.confirm(provider, confirmation),
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }

  private async confirm(
    provider: ProviderAddress,
    { SubscribeURL = '', TopicArn }: SnsMessage,
  ): Promise<void> {
    const url = ownUrl(provider, SubscribeURL);
    const isConfirmation =
      url?.searchParams.get('Action') === 'ConfirmSubscription' &&
      url.searchParams.get('TopicArn') === TopicArn;
    const confirmed = isConfirmation && (await this.client.get(url.href)) !== undefined;
    const msg = confirmed ? 'subscription confirmed' : 'subscription could not be confirmed';
    this.log[confirmed ? 'log' : 'warn']({ msg, topic: TopicArn });
  }
}

/** A URL of the SNS of the topic's region; undefined for any other. */
function ownUrl(provider: ProviderAddress, text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '' && url.hash === '';
  return isPlain && url.origin === endpointOf(provider) ? url : undefined;
}

/** `snsEndpoint` is a stand-in, refused in production. */
function endpointOf({ url }: ProviderAddress): string {
  const [, partition, , region] = (url.searchParams.get('topicArn') ?? '').split(':');
  const suffix = partition === 'aws-cn' ? '.cn' : '';
  const standIn = url.searchParams.get('snsEndpoint');
  return standIn === null ? `https://sns.${region ?? ''}.amazonaws.com${suffix}` : new URL(standIn).origin;
}
