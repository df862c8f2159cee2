import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { loadApiEnvironment } from '../../src/environment/api-environment.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { GOOD_API } from '../support/tokens-environment.js';
import { bearer, callGuard, type GuardAnswer, startGuard } from '../support/tokens-guard.js';
import { TestIssuer } from '../support/tokens-issuer.js';
import { compact, makeKey, signer } from '../support/tokens.js';

type Members = Record<string, unknown>;

interface DocumentedIssuer {
  readonly issuer: string;
  readonly introspection?: { readonly privateKey: string };
}

const PAGE = readFileSync(new URL('../../../docs/issuers.md', import.meta.url), 'utf8');

/** The values of `AUTH_ISSUERS` in a section of the page, as they stand there. */
function documented(section: string): DocumentedIssuer[][] {
  const text = PAGE.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  return [...text.matchAll(/^```json\n(.*?)^```/gms)].map(
    ([, json]) => JSON.parse(json!) as DocumentedIssuer[],
  );
}

const seconds = Math.floor(Date.now() / 1_000);

const ENTRA_DIRECTORY = '8d4b1f6c-2f0e-4a57-9c31-5e7a90b2d614';
const ENTRA_API = 'c1a7e5d2-93b4-4f60-8e1d-6a2b7c8d9e0f';
const ZITADEL_PROJECT = '312909075211944964';
const ZITADEL_ORGANIZATION = '312908921054330884';
const ZITADEL_ROLES = `urn:zitadel:iam:org:project:${ZITADEL_PROJECT}:roles`;

interface VendorToken {
  readonly header: Members;
  readonly claims: Members;
}

/** What each vendor's client-credentials grant gives, member for member. */
const KEYCLOAK: VendorToken = {
  header: { alg: 'RS256', typ: 'JWT', kid: 'vendor' },
  claims: {
    exp: seconds + 300,
    iat: seconds,
    jti: 'trrtcc:0b0ef5a4-0f5c-5a6a-9d3f-0a8f3b1d2c4e',
    iss: 'https://keycloak.example/realms/acme',
    aud: ['urn:acs:api', 'account'],
    sub: '5c3f2d7e-7f0b-4a57-8f2b-2f5f6a1b9c0d',
    typ: 'Bearer',
    azp: 'shop',
    acr: '1',
    'allowed-origins': ['/*'],
    realm_access: { roles: ['default-roles-acme', 'offline_access', 'uma_authorization'] },
    resource_access: { account: { roles: ['manage-account', 'view-profile'] } },
    scope: 'profile challenge:get challenge:policy:get email',
    clientHost: '172.18.0.1',
    email_verified: false,
    tenant_id: 'acme',
    preferred_username: 'service-account-shop',
    clientAddress: '172.18.0.1',
    client_id: 'shop',
  },
};

const AUTH0: VendorToken = {
  header: { alg: 'RS256', typ: 'JWT', kid: 'vendor' },
  claims: {
    'https://acme.example/tenant': 'acme',
    iss: 'https://acme.eu.auth0.com/',
    sub: 'Xk29cLmPq8vRt@clients',
    aud: 'urn:acs:api',
    iat: seconds,
    exp: seconds + 86_400,
    scope: 'challenge:get challenge:post',
    gty: 'client-credentials',
    azp: 'Xk29cLmPq8vRt',
  },
};

const ENTRA: VendorToken = {
  header: { typ: 'JWT', alg: 'RS256', kid: 'vendor' },
  claims: {
    aud: ENTRA_API,
    iss: `https://login.microsoftonline.com/${ENTRA_DIRECTORY}/v2.0`,
    iat: seconds,
    nbf: seconds,
    exp: seconds + 3_900,
    aio: 'E2ZgYPjZ+8BkYXBOZ+Hk5w==',
    azp: '7f1e0d2c-3b4a-4958-8677-968574635241',
    azpacr: '1',
    oid: '0a1b2c3d-4e5f-4061-8273-8495a6b7c8d9',
    rh: '0.AXkAbB-LjQ4v',
    roles: ['challenge:get', 'challenge:post'],
    sub: '0a1b2c3d-4e5f-4061-8273-8495a6b7c8d9',
    tid: ENTRA_DIRECTORY,
    uti: 'Zk1xY2w3T0W8bq5nAAAA',
    ver: '2.0',
  },
};

const OKTA: VendorToken = {
  header: { kid: 'vendor', alg: 'RS256' },
  claims: {
    ver: 1,
    jti: 'AT.0mP-4JdZLUoAVfAHMpaT3mBz1Yy2nVdCyjz1zzzzz',
    iss: 'https://acme.okta.com/oauth2/aus8b1k2example',
    aud: 'urn:acs:api',
    iat: seconds,
    exp: seconds + 3_600,
    cid: '0oa8b1k2client',
    scp: ['challenge:get', 'challenge:post'],
    sub: '0oa8b1k2client',
    tenant_id: 'acme',
  },
};

const ZITADEL: VendorToken = {
  header: { alg: 'RS256', kid: 'vendor', typ: 'JWT' },
  claims: {
    iss: 'https://acme-1a2b3c.zitadel.cloud',
    sub: '312910233322193924',
    aud: [ZITADEL_PROJECT],
    exp: seconds + 43_200,
    iat: seconds,
    nbf: seconds,
    client_id: 'shop',
    jti: 'V2_312911000000000000-at_312911000000000001',
    'urn:zitadel:iam:user:resourceowner:id': ZITADEL_ORGANIZATION,
    'urn:zitadel:iam:user:resourceowner:name': 'Acme',
    'urn:zitadel:iam:user:resourceowner:primary_domain': 'acme.acme-1a2b3c.zitadel.cloud',
    [ZITADEL_ROLES]: {
      'challenge:get': { [ZITADEL_ORGANIZATION]: 'acme.acme-1a2b3c.zitadel.cloud' },
      'challenge:policy:get': { '312999999999999999': 'other.acme-1a2b3c.zitadel.cloud' },
    },
  },
};

const variant = ({ header, claims }: VendorToken, change: Partial<VendorToken>): VendorToken => ({
  header: { ...header, ...change.header },
  claims: { ...claims, ...change.claims },
});

let database: TestDatabase;
let server: TestIssuer;
let app: NestFastifyApplication | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await TestIssuer.start('RS256');
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  Logger.overrideLogger(false);
});

afterAll(async () => {
  await server.stop();
  await database.drop();
});

/** Sends the token to a guard with the section's settings, which get their keys of a local server and nothing else changed. */
async function send(section: string, { header, claims }: VendorToken, block = 0): Promise<GuardAnswer> {
  const key = await makeKey('RS256', 'vendor');
  // Entra's keys, for one, do not declare an algorithm.
  server.published = [{ ...key.jwk, alg: undefined }];
  const issuers = documented(section)[block]!.map((issuer) => ({ ...issuer, jwksUri: `${server.url}/jwks` }));
  app = await startGuard({ databaseUrl: database.apiUrl, issuers });
  const token = compact(header, claims, signer(key, 'RS256'));
  return callGuard(`${await app.getUrl()}/v1/caller`, bearer(token));
}

interface Expected {
  readonly tenant: string;
  readonly client: string;
  readonly scopes: readonly string[];
}

const ACCEPTED: [string, string, VendorToken, number, Expected][] = [
  [
    'Keycloak',
    'with a mapped claim',
    KEYCLOAK,
    0,
    { tenant: 'acme', client: 'shop', scopes: ['profile', 'challenge:get', 'challenge:policy:get', 'email'] },
  ],
  [
    'Keycloak',
    'with its header as RFC 9068 has it, and one audience',
    variant(KEYCLOAK, { header: { typ: 'at+jwt' }, claims: { aud: 'urn:acs:api', scope: 'challenge:get' } }),
    0,
    { tenant: 'acme', client: 'shop', scopes: ['challenge:get'] },
  ],
  [
    'Keycloak',
    'with an organization',
    variant(KEYCLOAK, {
      claims: { tenant_id: undefined, organization: ['globex'], scope: 'challenge:get organization:globex' },
    }),
    1,
    { tenant: 'globex', client: 'shop', scopes: ['challenge:get', 'organization:globex'] },
  ],
  [
    'Auth0',
    'with a namespaced claim',
    AUTH0,
    0,
    { tenant: 'acme', client: 'Xk29cLmPq8vRt', scopes: ['challenge:get', 'challenge:post'] },
  ],
  [
    'Auth0',
    'of the RFC 9068 profile',
    variant(AUTH0, {
      header: { typ: 'at+jwt' },
      claims: { azp: undefined, client_id: 'Xk29cLmPq8vRt', jti: '73WakrfVbNJBaAmhQtEeDv' },
    }),
    0,
    { tenant: 'acme', client: 'Xk29cLmPq8vRt', scopes: ['challenge:get', 'challenge:post'] },
  ],
  [
    'Auth0',
    'for an organization',
    variant(AUTH0, { claims: { 'https://acme.example/tenant': undefined, org_id: 'org_9ybsU1dN2dKfDkBi' } }),
    1,
    {
      tenant: 'org_9ybsU1dN2dKfDkBi',
      client: 'Xk29cLmPq8vRt',
      scopes: ['challenge:get', 'challenge:post'],
    },
  ],
  [
    'Entra',
    'for an application',
    ENTRA,
    0,
    {
      tenant: ENTRA_DIRECTORY,
      client: '7f1e0d2c-3b4a-4958-8677-968574635241',
      scopes: ['challenge:get', 'challenge:post'],
    },
  ],
  [
    'Okta',
    'without typ',
    OKTA,
    0,
    { tenant: 'acme', client: '0oa8b1k2client', scopes: ['challenge:get', 'challenge:post'] },
  ],
  [
    'ZITADEL',
    'of a service user, whose roles of other organizations do not count',
    ZITADEL,
    0,
    { tenant: ZITADEL_ORGANIZATION, client: 'shop', scopes: ['challenge:get'] },
  ],
];

const REFUSED: [string, string, VendorToken, number, number][] = [
  ['Keycloak', 'without the audience mapper', variant(KEYCLOAK, { claims: { aud: 'account' } }), 0, 401],
  [
    'Keycloak',
    'for two organizations',
    variant(KEYCLOAK, { claims: { organization: ['acme', 'globex'] } }),
    1,
    403,
  ],
  [
    'Keycloak',
    'for an organization as an object',
    variant(KEYCLOAK, { claims: { organization: { acme: { id: 'a56bea03' } } } }),
    1,
    403,
  ],
  [
    'Auth0',
    'whose issuer lacks its slash',
    variant(AUTH0, { claims: { iss: 'https://acme.eu.auth0.com' } }),
    0,
    401,
  ],
  [
    'Auth0',
    'without the namespaced claim',
    variant(AUTH0, { claims: { 'https://acme.example/tenant': undefined, tenant: 'acme' } }),
    0,
    403,
  ],
  [
    'Entra',
    'with delegated permissions alone',
    variant(ENTRA, { claims: { roles: undefined, scp: 'challenge:get challenge:post' } }),
    0,
    403,
  ],
  [
    'Entra',
    'of another directory',
    variant(ENTRA, { claims: { tid: '00000000-2f0e-4a57-9c31-5e7a90b2d614' } }),
    0,
    403,
  ],
  ['Okta', 'that is an ID token', variant(OKTA, { claims: { aud: '0oa8b1k2client' } }), 0, 401],
  ['Okta', 'with a typ all the same', variant(OKTA, { header: { typ: 'JWT' } }), 0, 401],
  [
    'ZITADEL',
    'whose roles are all of another organization',
    variant(ZITADEL, { claims: { [ZITADEL_ROLES]: { 'challenge:get': { '312999999999999999': 'other' } } } }),
    0,
    403,
  ],
];

describe('with the settings that docs/issuers.md gives', () => {
  it.each(ACCEPTED)('a token of %s %s is accepted', async (vendor, _how, token, block, expected) => {
    const { status, body } = await send(vendor, token, block);
    expect({ status, body }).toEqual({ status: 200, body: { ...expected, issuer: token.claims['iss'] } });
  });

  it.each(REFUSED)('a token of %s %s is refused', async (vendor, _how, token, block, status) => {
    expect((await send(vendor, token, block)).status).toBe(status);
  });
});

describe('docs/issuers.md', () => {
  it('has settings that production starts with, in every block', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'acs-'));
    const file = join(folder, 'key.pem');
    writeFileSync(file, (await makeKey('PS256', 'k')).privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const blocks = [...PAGE.matchAll(/^```json\n(.*?)^```/gms)].map(([, json]) => json!);
    expect(blocks).toHaveLength(10);
    for (const block of blocks) {
      const issuers = block.replace(/file:\/run\/secrets\/[a-z-]+\.pem/, `file:${file}`);
      const environment = loadApiEnvironment({
        ...GOOD_API,
        DATABASE_URL: 'postgres://acs_api:pass@db/acs?sslmode=verify-full',
        NODE_ENV: 'production',
        AUTH_ISSUERS: issuers,
      });
      expect(environment.issuers.map(({ issuer }) => issuer)).toEqual(
        (JSON.parse(block) as DocumentedIssuer[]).map(({ issuer }) => issuer),
      );
    }
    rmSync(folder, { recursive: true });
  });
});
