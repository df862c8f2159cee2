import { generateKeyPairSync, randomBytes, type JsonWebKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a first start makes up and later starts must find again. */
export interface Secrets {
  /** Tells this data folder from another one that was at the same place before. */
  readonly installation: string;
  readonly databasePasswords: Readonly<Record<'superuser' | 'owner' | 'api' | 'worker', string>>;
  readonly redisPassword: string;
  /** The value of `SECRET_KEYS`. */
  readonly secretKeys: string;
  /** The API's own client at the authorization server, for introspection. */
  readonly introspectionSecret: string;
  readonly cookieKey: string;
  /** Private key of the authorization server (ES256). */
  readonly signingKey: JsonWebKey & { readonly kid: string };
}

/** Reads the secrets, made on the first call; readable by this user alone. */
export function loadSecrets(file: string): Secrets {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  const secrets = generateSecrets();
  mkdirSync(dirname(file), { recursive: true });
  // A start that is killed here must not leave half a file behind.
  writeFileSync(`${file}.new`, JSON.stringify(secrets, undefined, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return secrets;
}

export function generateSecrets(): Secrets {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const password = (): string => randomBytes(24).toString('base64url');
  return {
    installation: password(),
    databasePasswords: { superuser: password(), owner: password(), api: password(), worker: password() },
    redisPassword: password(),
    secretKeys: `quickstart:${randomBytes(32).toString('base64')}`,
    introspectionSecret: password(),
    cookieKey: password(),
    signingKey: {
      ...privateKey.export({ format: 'jwk' }),
      kid: randomBytes(8).toString('hex'),
      alg: 'ES256',
      use: 'sig',
    },
  };
}
