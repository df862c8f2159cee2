import type { ProviderAddress } from '../../environment/environment.js';
import { readProviders } from '../../environment/providers.js';
import { networkFault } from '../network-fault.js';
import { checkAws } from './aws-check.js';
import { type Check, fail, ok, warn } from './check.js';
import { readIfSound } from './environment-checks.js';
import { checkMailServer } from './mail-server-check.js';
import { reach } from './reach.js';

const KEYS = { EMAIL_PROVIDERS: 'e-mail', SMS_PROVIDERS: 'SMS' } as const;

/** That every provider can be reached from here, as the worker would; nothing is sent. */
export async function checkProviders(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const keys = Object.keys(KEYS) as (keyof typeof KEYS)[];
  return (await Promise.all(keys.map((key) => checkChannel(env, key)))).flat();
}

async function checkChannel(env: NodeJS.ProcessEnv, key: keyof typeof KEYS): Promise<Check[]> {
  const addresses = readIfSound(env, (variables) => readProviders(variables, key));
  if (addresses?.length === 0)
    return [warn(KEYS[key], `${key} is not set: a worker with this environment sends no ${KEYS[key]}`)];
  return Promise.all((addresses ?? []).map((address) => checkProvider(KEYS[key], address)));
}

async function checkProvider(channel: string, address: ProviderAddress): Promise<Check> {
  const { scheme, url } = address;
  // Without user, password, path and parameters, any of which may hold a secret.
  const subject = `${channel} ${scheme}://${url.host}`;
  try {
    switch (scheme) {
      case 'smtp':
      case 'smtps':
      case 'mail-gateway':
        return await checkMailServer(subject, address);
      case 'ses':
      case 'sns':
        return await checkAws(subject, scheme, url.hostname);
      case 'twilio':
        await reach(new URL(`${url.searchParams.get('scheme') ?? 'https'}://${url.host}`));
        return ok(subject, 'can be reached');
      default:
        await reach(new URL(`${scheme.replace('gateway+', '')}://${url.host}`));
        return ok(subject, 'can be reached');
    }
  } catch (error) {
    return fail(subject, networkFault(error));
  }
}
