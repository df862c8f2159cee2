import type { ProviderAddress } from './environment.js';
import { checkCommon, COMMON_PARAMETERS, PROVIDER_SCHEMES, type ProviderScheme } from './provider-schemes.js';
import { percentDecoded } from './urls.js';
import type { Variables } from './variables.js';

type ProviderKey = 'EMAIL_PROVIDERS' | 'SMS_PROVIDERS';

/** Provider DSNs separated by white space, in the order they are tried; empty when the key is unset. */
export function readProviders(variables: Variables, key: ProviderKey): readonly ProviderAddress[] {
  return readWhere(variables, key, () => true);
}

/** Those of the providers that ask for receipts. What the others are is the worker's business alone. */
export function readReceiptProviders(variables: Variables, key: ProviderKey): readonly ProviderAddress[] {
  return readWhere(variables, key, (text) => /[?&]receipts=/.test(text));
}

function readWhere(
  variables: Variables,
  key: ProviderKey,
  isRead: (text: string) => boolean,
): readonly ProviderAddress[] {
  const texts = (variables.text(key) ?? '').split(/\s+/).filter((text) => text !== '');
  return texts.flatMap((text, index) => {
    if (!isRead(text)) return [];
    const say = (fault: string): void => {
      variables.report(key, `provider ${index + 1} ${fault}`);
    };
    return readProvider(text, key, say, variables.production) ?? [];
  });
}

/** The secrets that a provider's DSN holds. */
export function secretsOf({ url }: ProviderAddress): readonly string[] {
  return [percentDecoded(url.password) ?? '', url.searchParams.get('secret') ?? ''].filter(
    (secret) => secret !== '',
  );
}

function readProvider(
  text: string,
  key: ProviderKey,
  say: (fault: string) => void,
  production: boolean,
): ProviderAddress | undefined {
  const name = /^([a-z+-]+):\/\//.exec(text)?.[1] ?? '';
  const known = Object.entries(PROVIDER_SCHEMES).filter(([, { keys }]) => keys.includes(key));
  const scheme = known.find(([other]) => other === name)?.[1];
  if (!scheme) {
    say(`must start with one of ${known.map(([other]) => `${other}://`).join(', ')}`);
    return undefined;
  }
  if (!URL.canParse(text)) {
    say('is not a URL; percent-encode what its user, password and parameters hold');
    return undefined;
  }
  const url = new URL(text);
  reportStructure(url, scheme, say);
  const check = { url, parameters: url.searchParams, say, production };
  scheme.check(check);
  checkCommon(check);
  return { scheme: name, url };
}

function reportStructure(url: URL, scheme: ProviderScheme, say: (fault: string) => void): void {
  const names = [...url.searchParams.keys()];
  const known = [...scheme.parameters, ...COMMON_PARAMETERS];
  // Unknown parameters are not named: one may be the tail of a secret that was not percent-encoded.
  if (names.some((name) => !known.includes(name)))
    say(`has an unknown parameter; known are ${known.join(', ')}`);
  if (new Set(names).size !== names.length) say('gives a parameter twice');
  if (url.hostname === '') say('names no host or region');
  if (url.hash !== '') say('must have no fragment; percent-encode # as %23');
  if (!scheme.hasPath && url.pathname !== '' && url.pathname !== '/') say('must have no path');
  if (percentDecoded(url.username) === undefined || percentDecoded(url.password) === undefined)
    say('has a user or password that is not percent-encoded');
}
