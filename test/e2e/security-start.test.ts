import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { withClient } from '../../scripts/quickstart/database.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { startRedis } from '../../scripts/quickstart/redis.js';
import { findRedis } from '../../scripts/test/find-redis.js';
import { type ProcessName, startRefused } from '../support/proof-start.js';
import { describeOnRedis } from '../support/redis-server.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const key = (): string => randomBytes(32).toString('base64');
const KEY = key();
const SHARED = key();
const PASSWORD = randomBytes(16).toString('hex');
const SHORT = randomBytes(16).toString('base64');
const TEXT = Buffer.from('a sentence of 32 bytes, no more.').toString('base64');
const ZEROS = Buffer.alloc(32).toString('base64');
const COUNTED = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64');
const ISSUER = {
  issuer: 'https://login.example',
  audience: 'urn:acs:api',
  tenantClaim: 'tenant_id',
  tenants: ['acme'],
};
const PRODUCTION = {
  NODE_ENV: 'production',
  SECRET_KEYS: `k1:${KEY}`,
  AUTH_ISSUERS: JSON.stringify([ISSUER]),
  PUBLIC_URL: 'https://acs.example',
  PORT: '0',
};

/** Demands one message that has these findings and no other, none of these values, and exit code 1. */
async function expectFindings(
  name: ProcessName,
  env: NodeJS.ProcessEnv,
  findings: readonly string[],
  values: readonly string[] = [],
): Promise<void> {
  const { code, output, messages } = await startRefused(name, env);
  expect({ code, messages: messages.length }).toEqual({ code: 1, messages: 1 });
  const [head, ...told] = messages[0]!.split('\n- ');
  expect(head).toMatch(/^The environment cannot be used, \d+ findings?:$/);
  expect(told.sort()).toEqual([...findings].sort());
  for (const value of values) expect(output).not.toContain(value);
}

describe('a production start', () => {
  it('tells all that is wrong with keys, issuers and links of the API at once, and no value', async () => {
    await expectFindings(
      'api',
      {
        NODE_ENV: 'production',
        DATABASE_URL: `postgres://acs_api:${encodeURIComponent(SHARED)}@127.0.0.1:9/acs`,
        SECRET_KEYS: [SHORT, ZEROS, TEXT, COUNTED, SHARED, SHARED, 'hunter2']
          .map((material, index) => `k${index + 1}:${material}`)
          .concat(`k1:${KEY}`)
          .join(','),
        AUTH_ISSUERS: JSON.stringify([
          { ...ISSUER, issuer: '', audience: '' },
          { ...ISSUER, audience: [], tenants: ['globex'] },
          {
            ...ISSUER,
            issuer: 'http://hunter2.example',
            tenants: ['initech'],
            jwksUri: 'http://hunter2.example/jwks',
            introspection: { endpoint: 'http://hunter2.example/i', clientId: 'acs', clientSecret: SHARED },
          },
          { issuer: 'https://other.example' },
        ]),
        PUBLIC_URL: 'http://hunter2.example',
      },
      [
        'AUTH_ISSUERS holds a key of SECRET_KEYS; give each purpose a secret of its own',
        'AUTH_ISSUERS issuer 1 "audience" must be a non-empty string',
        'AUTH_ISSUERS issuer 1 "issuer" must be a non-empty string',
        'AUTH_ISSUERS issuer 2 "audience" must be a list of one or more distinct non-empty strings',
        'AUTH_ISSUERS issuer 3 "introspection" "endpoint" must be an https URL in production',
        'AUTH_ISSUERS issuer 3 "issuer" must be an https URL in production',
        'AUTH_ISSUERS issuer 3 "jwksUri" must be an https URL in production',
        'AUTH_ISSUERS issuer 4 "audience" is missing; set it to a list of one or more distinct non-empty strings',
        'AUTH_ISSUERS issuer 4 "tenantClaim" is missing; set it to a non-empty string',
        'AUTH_ISSUERS issuer 4 "tenants" is missing; set it to a list of one or more distinct non-empty strings',
        'DATABASE_URL holds a key of SECRET_KEYS; give each purpose a secret of its own',
        'PUBLIC_URL must be an https URL in production',
        'SECRET_KEYS key 1 must be of 32 bytes; make one with: openssl rand -base64 32',
        ...[2, 3, 4].map(
          (index) => `SECRET_KEYS key ${index} is not random; make one with: openssl rand -base64 32`,
        ),
        'SECRET_KEYS key 6 repeats an earlier key; make a new one',
        'SECRET_KEYS key 7 must be base64 (RFC 4648, with padding)',
        'SECRET_KEYS key 8 has the id of an earlier key; give each its own',
      ],
      ['hunter2', SHORT, ZEROS, TEXT, COUNTED, SHARED, KEY, encodeURIComponent(SHARED)],
    );
  });

  it('tells all that is wrong with keys and transports of the worker at once, and no value', async () => {
    const secret = encodeURIComponent(SHARED);
    await expectFindings(
      'worker',
      {
        NODE_ENV: 'production',
        DATABASE_URL: `postgres://acs_worker:${secret}@127.0.0.1:9/acs`,
        SECRET_KEYS: `k1:${SHARED},k2:${SHARED},k3:${TEXT}`,
        EMAIL_PROVIDERS: [
          `smtp://user:${secret}@hunter2.example?tls=off`,
          'smtp://hunter2.example?tls=opportunistic',
          `gateway+http://hunter2.example/mail?secret=${secret}`,
          'gateway+https://hunter2.example/mail?secret=hunter2',
          'smtp://127.0.0.1?tls=off',
        ].join(' '),
        SMS_PROVIDERS: [
          `twilio://AC0:${secret}@hunter2.example?from=%2B15550100&scheme=http`,
          `gateway+http://hunter2.example/sms?secret=${randomBytes(16).toString('hex')}`,
          'mail-gateway://hunter2.example:25?domain=sms.example&from=a@acme.example',
        ].join(' '),
      },
      [
        'DATABASE_URL holds a key of SECRET_KEYS; give each purpose a secret of its own',
        'EMAIL_PROVIDERS holds a key of SECRET_KEYS; give each purpose a secret of its own',
        'EMAIL_PROVIDERS provider 1 must have tls=required in production, unless its host is loopback',
        'EMAIL_PROVIDERS provider 2 must have tls=required in production, unless its host is loopback',
        'EMAIL_PROVIDERS provider 3 must be gateway+https in production',
        'EMAIL_PROVIDERS provider 4 must have a random secret of at least 16 characters in production',
        'SECRET_KEYS key 2 repeats an earlier key; make a new one',
        'SECRET_KEYS key 3 is not random; make one with: openssl rand -base64 32',
        'SMS_PROVIDERS holds a key of SECRET_KEYS; give each purpose a secret of its own',
        'SMS_PROVIDERS provider 1 must not have scheme=http in production',
        'SMS_PROVIDERS provider 2 must be gateway+https in production',
        'SMS_PROVIDERS provider 3 is not encrypted and must be on loopback in production',
      ],
      ['hunter2', SHARED, secret, TEXT],
    );
  });

  it.each<[ProcessName, string]>([
    ['api', 'DATABASE_URL'],
    ['worker', 'DATABASE_URL'],
    ['migrate', 'MIGRATION_DATABASE_URL'],
  ])(
    'tells all that is wrong with what every process reads at once, for the %s',
    async (name, databaseKey) => {
      const { SECRET_KEYS, AUTH_ISSUERS } = PRODUCTION;
      await expectFindings(
        name,
        {
          NODE_ENV: 'Production',
          [databaseKey]: 'mysql://root:hunter2@db/x',
          LOG_LEVEL: 'hunter2',
          OTEL_EXPORTER_OTLP_ENDPOINT: 'hunter2',
          SECRET_KEYS,
          AUTH_ISSUERS,
        },
        [
          `${databaseKey} must be a URL that starts with postgres:// or postgresql://`,
          'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
          'NODE_ENV is close to "production" but not it; spell it exactly',
          'OTEL_EXPORTER_OTLP_ENDPOINT must be an absolute URL',
        ],
        ['hunter2', KEY],
      );
    },
  );
});

describe('a start on a role that row-level security does not bind, or that is not its own', () => {
  let database: TestDatabase;
  let roles: readonly { readonly name: string; readonly login: string }[];

  beforeAll(async () => {
    database = await createTestDatabase();
    const { name, superuserUrl } = database;
    roles = [
      { name: `${name}_bypassing`, login: 'LOGIN BYPASSRLS IN ROLE acs_api, acs_worker' },
      { name: `${name}_super`, login: 'LOGIN SUPERUSER BYPASSRLS' },
      { name: `${name}_owning`, login: `LOGIN IN ROLE ${name}_owner, acs_api, acs_worker` },
      { name: `${name}_creating`, login: 'LOGIN CREATEROLE IN ROLE acs_api' },
      { name: `${name}_replicating`, login: 'LOGIN REPLICATION IN ROLE acs_worker' },
      { name: `${name}_below`, login: `LOGIN IN ROLE acs_api, ${name}_super` },
      { name: `${name}_both`, login: 'LOGIN IN ROLE acs_api, acs_worker' },
    ];
    await withClient(superuserUrl, async (client) => {
      for (const role of roles)
        await client.query(`CREATE ROLE ${role.name} ${role.login} PASSWORD '${PASSWORD}'`);
    });
  });

  afterAll(async () => {
    await withClient(database.superuserUrl, async (client) => {
      for (const { name } of roles) await client.query(`DROP ROLE ${name}`);
    });
    await database.drop();
  });

  function urlOf(suffix: string): string {
    const url = new URL(database.superuserUrl);
    url.username = `${database.name}${suffix}`;
    url.password = PASSWORD;
    return url.href;
  }

  const refusals = [
    ['superuser', '_super', 'is a superuser and has BYPASSRLS'],
    ['role that has BYPASSRLS', '_bypassing', 'has BYPASSRLS'],
    ["member of the tables' owner", '_owning', 'owns the tables'],
    ["tables' owner", '_owner', 'has CREATEROLE and owns the tables'],
    ['role that may make itself a member of others', '_creating', 'has CREATEROLE'],
    ['role that reads the log of all changes', '_replicating', 'has REPLICATION'],
  ] as const;

  it.each(refusals)('is refused for a %s, by API and worker', async (_what, suffix, reason) => {
    const url = new URL(suffix === '_owner' ? database.ownerUrl : urlOf(suffix));
    const env = { ...PRODUCTION, DATABASE_URL: url.href };
    const starts = [
      startRefused('api', env),
      startRefused('worker', env),
      // It is no matter of production alone.
      ...(suffix === '_bypassing' ? [startRefused('api', { ...env, NODE_ENV: 'development' })] : []),
    ];
    for (const { code, output, messages } of await Promise.all(starts)) {
      expect({ code, messages }).toEqual({
        code: 1,
        messages: [
          `DATABASE_URL: the role "${database.name}${suffix}" ${reason}, so tenants would not be isolated. Use a login role that is a member of acs_api (API) or acs_worker (worker) only.`,
        ],
      });
      for (const value of [KEY, url.password]) expect(output).not.toContain(value);
    }
  });

  it('is refused for a role that can turn into a superuser', async () => {
    const { messages } = await startRefused('api', { ...PRODUCTION, DATABASE_URL: urlOf('_below') });
    expect(messages).toEqual([
      expect.stringContaining(`is a member of "${database.name}_super", so tenants`),
    ]);
  });

  it.each<[ProcessName, string, 'workerUrl' | 'apiUrl', string]>([
    ['api', 'API', 'workerUrl', 'acs_api'],
    ['worker', 'worker', 'apiUrl', 'acs_worker'],
  ])(
    'of the %s is refused for the role of the other process, and for one that is both',
    async (name, told, other, group) => {
      const otherGroup = group === 'acs_api' ? 'acs_worker' : 'acs_api';
      const [of, both] = await Promise.all(
        [database[other], urlOf('_both')].map((DATABASE_URL) =>
          startRefused(name, { ...PRODUCTION, NODE_ENV: 'development', DATABASE_URL }),
        ),
      );
      const { username } = new URL(database[other]);
      expect(of).toMatchObject({
        code: 1,
        messages: [
          `DATABASE_URL: the role "${username}" is a member of ${otherGroup}, which is not the ${told}'s group. Use a login role that is a member of ${group} only.`,
        ],
      });
      expect(both).toMatchObject({
        code: 1,
        messages: [
          `DATABASE_URL: the role "${database.name}_both" is a member of ${group} and of ${otherGroup}. Give each process a role of its own: as a superuser, run REVOKE ${otherGroup} FROM "${database.name}_both" for the ${told}.`,
        ],
      });
    },
  );

  describeOnRedis('of the worker, with a Redis that evicts', () => {
    it.each(['allkeys-lru', 'volatile-ttl'])('is refused for %s', async (policy) => {
      const program = await findRedis(() => undefined);
      const folder = mkdtempSync(join(tmpdir(), 'acs-redis-'));
      const redis = await startRedis({
        program: program!,
        folder,
        password: SHORT.replace(/\W/g, ''),
        child: { name: 'Redis', env: systemEnvironment() },
      });
      try {
        const client = new Redis(redis.url);
        await client.config('SET', 'maxmemory-policy', policy);
        await client.quit();
        const { code, output, messages } = await startRefused('worker', {
          ...PRODUCTION,
          DATABASE_URL: database.workerUrl,
          REDIS_URL: redis.url,
        });
        expect({ code, messages }).toEqual({
          code: 1,
          messages: [
            `REDIS_URL: Redis has maxmemory-policy ${policy} and may evict queued jobs. Set it to noeviction.`,
          ],
        });
        expect(output).not.toContain(new URL(redis.url).password);
      } finally {
        await redis.child.stop();
        rmSync(folder, { recursive: true });
      }
    });
  });
});
