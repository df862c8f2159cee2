import { networkFault } from '../network-fault.js';
import { type Check, fail, ok } from './check.js';
import { reach } from './reach.js';

/** That the AWS SDK finds credentials, and that the service of the region can be reached. */
export async function checkAws(subject: string, service: 'ses' | 'sns', region: string): Promise<Check> {
  const client = await clientOf(service, region);
  try {
    await client.config.credentials();
  } catch {
    return fail(subject, 'has no AWS credentials here: set the environment, profile or role of the AWS SDK');
  } finally {
    client.destroy();
  }
  const { url } = client.config.endpointProvider({ Region: region });
  const endpoint = process.env[ENDPOINTS[service]] ?? process.env['AWS_ENDPOINT_URL'] ?? url.href;
  try {
    await reach(new URL(endpoint));
    return ok(subject, 'can be reached, with credentials');
  } catch (error) {
    return fail(subject, networkFault(error));
  }
}

/** Where the AWS SDK is told of another endpoint. */
const ENDPOINTS = { ses: 'AWS_ENDPOINT_URL_SESV2', sns: 'AWS_ENDPOINT_URL_SNS' } as const;

interface AwsClient {
  readonly config: {
    readonly credentials: () => Promise<unknown>;
    readonly endpointProvider: (parameters: { readonly Region: string }) => { readonly url: URL };
  };
  destroy(): void;
}

/** The AWS SDK is large: only those who use it load it. */
async function clientOf(service: 'ses' | 'sns', region: string): Promise<AwsClient> {
  if (service === 'ses') return new (await import('@aws-sdk/client-sesv2')).SESv2Client({ region });
  return new (await import('@aws-sdk/client-sns')).SNSClient({ region });
}
