import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ClientKey } from './environment.js';
import { isReadableFile, pathOfFileReference } from './file-reference.js';
import type { JsonMembers } from './json-members.js';
import { present } from './variables.js';

const MIN_RSA_BITS = 2048;
const RSA_ALGORITHMS = ['RS256', 'PS256', 'RS384', 'RS512', 'PS384', 'PS512'];
const EC_ALGORITHMS: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

interface KeyFile {
  readonly key: KeyObject;
  readonly keyId?: string;
}

/**
 * The members `privateKey` (`file:` and the path of a PEM or of a JWK), `algorithm`, `keyId` and `audience` of an
 * introspection client. Reports a file that holds no key to sign with, a weak key, and an algorithm that is not the
 * key's. The audience is the issuer unless told otherwise.
 */
export function readClientKey(members: JsonMembers, issuer: string): ClientKey | undefined {
  const algorithm = members.optionalText('algorithm');
  const audience = members.optionalText('audience') ?? issuer;
  const keyId = members.optionalText('keyId');
  const file = readKeyFile(members);
  if (!file) return undefined;
  const possible = algorithmsOf(file.key);
  const [usual = ''] = possible;
  if (usual === '')
    members.report('"privateKey" must be RSA of 2048 bits or more, EC on P-256, P-384 or P-521, or Ed25519');
  else if (!possible.includes(algorithm ?? usual))
    members.report(`"algorithm" does not fit the "privateKey", which signs with ${possible.join(', ')}`);
  return { ...file, algorithm: algorithm ?? usual, audience, ...present({ keyId }) };
}

function readKeyFile(members: JsonMembers): KeyFile | undefined {
  const reference = members.text('privateKey');
  if (reference === '') return undefined;
  const path = pathOfFileReference(reference);
  if (path === undefined) {
    members.report('"privateKey" must be "file:" and the path of a private key');
  } else if (!isReadableFile(reference)) {
    members.report('"privateKey" names a file that cannot be read; correct the path or its permissions');
  } else {
    const file = parseKey(readFileSync(path, 'utf8').trim());
    if (file) return file;
    members.report(
      '"privateKey" names a file that is no private key, as PEM without a passphrase or as a JWK',
    );
  }
  return undefined;
}

function parseKey(text: string): KeyFile | undefined {
  try {
    if (!text.startsWith('{')) return { key: createPrivateKey(text) };
    const jwk = JSON.parse(text) as Record<string, unknown>;
    const key = createPrivateKey({ key: jwk, format: 'jwk' });
    return { key, ...(typeof jwk['kid'] === 'string' ? { keyId: jwk['kid'] } : {}) };
  } catch {
    return undefined;
  }
}

/** What the key can sign with, the default first. */
function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly string[] {
  if (asymmetricKeyType === 'ed25519') return ['EdDSA', 'Ed25519'];
  if (asymmetricKeyType === 'rsa')
    return (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS ? RSA_ALGORITHMS : [];
  const algorithm = EC_ALGORITHMS[asymmetricKeyDetails?.namedCurve ?? ''];
  return algorithm === undefined ? [] : [algorithm];
}
