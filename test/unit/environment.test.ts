import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadApiEnvironment } from '../../src/environment/api-environment.js';
import { EnvironmentError } from '../../src/environment/environment-error.js';
import { ApiEnvironment } from '../../src/environment/environment.js';
import { loadMigratorEnvironment } from '../../src/environment/migrator-environment.js';
import { loadWorkerEnvironment } from '../../src/environment/worker-environment.js';
import { findingsOf, GOOD_API, GOOD_WORKER, ISSUER, RANDOM_KEY } from '../support/tokens-environment.js';

const directory = mkdtempSync(join(tmpdir(), 'acs-environment-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('the environment of the API', () => {
  it('is read with its defaults', () => {
    const environment = loadApiEnvironment(GOOD_API);
    expect(environment).toBeInstanceOf(ApiEnvironment);
    expect(environment).toMatchObject({
      production: false,
      logLevel: 'info',
      host: '127.0.0.1',
      port: 3000,
      databasePoolSize: 20,
      webConcurrency: 1,
      trustedProxies: [],
      ceilings: {},
    });
    expect('publicUrl' in environment || 'metrics' in environment || 'otlpEndpoint' in environment).toBe(
      false,
    );
  });

  it('is read with everything set', () => {
    const environment = loadApiEnvironment({
      ...GOOD_API,
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      PORT: '0',
      PUBLIC_URL: 'https://acs.example/base/',
      DATABASE_POOL_SIZE: '5',
      TRUSTED_PROXIES: '10.0.0.0/8, 192.168.1.7 fd00::/8',
      CEILINGS: '{"sms":{"maxSegments":3}}',
      WEB_CONCURRENCY: '4',
      METRICS_PORT: '0.0.0.0:9464',
      LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    });
    expect(environment).toMatchObject({
      production: true,
      host: '0.0.0.0',
      port: 0,
      publicUrl: 'https://acs.example/base',
      databasePoolSize: 5,
      trustedProxies: ['10.0.0.0/8', '192.168.1.7', 'fd00::/8'],
      ceilings: { sms: { maxSegments: 3 } },
      webConcurrency: 4,
      metrics: { host: '0.0.0.0', port: 9464 },
      logLevel: 'debug',
      otlpEndpoint: 'http://collector:4318',
    });
  });

  it('takes an empty value for an unset one', () => {
    expect(loadApiEnvironment({ ...GOOD_API, PORT: '', PUBLIC_URL: ' ' }).port).toBe(3000);
  });

  it('reports everything at once, by key, and never a value', () => {
    const canary = 'CANARY';
    const findings = findingsOf(loadApiEnvironment, {
      NODE_ENV: `production-${canary}`,
      HOST: `${canary} host`,
      PORT: canary,
      PUBLIC_URL: canary,
      DATABASE_URL: `mysql://${canary}`,
      DATABASE_POOL_SIZE: `0${canary}`,
      AUTH_ISSUERS: `[${canary}`,
      SECRET_KEYS: canary,
      TRUSTED_PROXIES: canary,
      CEILINGS: `{${canary}`,
      WEB_CONCURRENCY: canary,
      METRICS_PORT: canary,
      LOG_LEVEL: canary,
      OTEL_EXPORTER_OTLP_ENDPOINT: canary,
    });
    expect(new Set(findings.map((finding) => finding.split(' ')[0]))).toEqual(
      new Set([
        'NODE_ENV',
        'HOST',
        'PORT',
        'PUBLIC_URL',
        'DATABASE_URL',
        'DATABASE_POOL_SIZE',
        'AUTH_ISSUERS',
        'SECRET_KEYS',
        'TRUSTED_PROXIES',
        'CEILINGS',
        'WEB_CONCURRENCY',
        'METRICS_PORT',
        'LOG_LEVEL',
        'OTEL_EXPORTER_OTLP_ENDPOINT',
      ]),
    );
    expect(new EnvironmentError(findings).message).not.toContain(canary);
  });

  it('names the keys that must be set', () => {
    const findings = findingsOf(loadApiEnvironment, {});
    expect(findings.map((finding) => finding.split(' is not set')[0]).sort()).toEqual([
      'AUTH_ISSUERS',
      'DATABASE_URL',
      'SECRET_KEYS',
    ]);
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3e3'],
    ['PORT', '0x10'],
    ['WEB_CONCURRENCY', '0'],
    ['DATABASE_POOL_SIZE', '1.5'],
    ['METRICS_PORT', '70000'],
    ['METRICS_PORT', '::1:9464'],
    ['METRICS_PORT', 'host:'],
    ['PUBLIC_URL', 'ftp://acs.example'],
    ['PUBLIC_URL', 'https://user:pass@acs.example'],
    ['PUBLIC_URL', 'https://acs.example/?q'],
    ['PUBLIC_URL', 'https://acs.example/#f'],
    ['DATABASE_URL', 'postgres://host/db?sslmode=sometimes'],
    ['DATABASE_URL', 'postgres://host:port/db'],
    ['DATABASE_URL', 'postgres://host/db?pgbouncer=yes'],
    ['DATABASE_URL', 'postgres://host/db?pgbouncer=true'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', '10.0.0'],
    ['CEILINGS', '[]'],
    ['CEILINGS', 'null'],
    ['NODE_ENV', 'Production'],
    ['NODE_ENV', 'prod'],
  ])('refuses %s=%s', (key, value) => {
    expect(findingsOf(loadApiEnvironment, { ...GOOD_API, [key]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${key} `)),
    ]);
  });

  it.each([
    ['METRICS_PORT', '9464'],
    ['METRICS_PORT', '[::1]:9464'],
    ['METRICS_PORT', 'metrics.internal:9464'],
    ['DATABASE_URL', 'postgresql://user:pass@/db?host=/var/run/postgresql'],
    ['DATABASE_URL', 'postgres://user@db:5433/acs?sslmode=verify-full'],
    ['DATABASE_URL', 'postgres://user@pool:6432/acs?pgbouncer=true&counters=acs_counters'],
    ['DATABASE_URL', 'postgres://user@pool:6432/acs?counters=acs_counters&pgbouncer=prepared'],
    ['TRUSTED_PROXIES', '::1'],
    ['NODE_ENV', 'development'],
    ['HOST', '::'],
  ])('accepts %s=%s', (key, value) => {
    expect(findingsOf(loadApiEnvironment, { ...GOOD_API, [key]: value })).toEqual([]);
  });

  it('reads the issuers from a file', () => {
    const path = join(directory, 'issuers.json');
    writeFileSync(path, JSON.stringify([ISSUER]));
    for (const reference of [`file:${path}`, `file://${path}`])
      expect(loadApiEnvironment({ ...GOOD_API, AUTH_ISSUERS: reference }).issuers[0]?.issuer).toBe(
        ISSUER.issuer,
      );
    expect(findingsOf(loadApiEnvironment, { ...GOOD_API, AUTH_ISSUERS: `file:${path}.gone` })).toEqual([
      expect.stringMatching(/^AUTH_ISSUERS names a file that cannot be read/),
    ]);
  });

  it('refuses a plain-text public URL in production, on loopback too', () => {
    for (const url of ['http://acs.example', 'http://localhost:3000'])
      expect(
        findingsOf(loadApiEnvironment, { ...GOOD_API, NODE_ENV: 'production', PUBLIC_URL: url }),
      ).toEqual(['PUBLIC_URL must be an https URL in production']);
  });
});

describe('the environment of the worker and the migrator', () => {
  it('is read with the worker’s defaults', () => {
    const environment = loadWorkerEnvironment(GOOD_WORKER);
    expect(environment).toMatchObject({ workerConcurrency: 20, emailProviders: [], smsProviders: [] });
    expect(environment.redis).toBeUndefined();
  });

  it('asks the worker for nothing that only the API needs', () => {
    expect(findingsOf(loadWorkerEnvironment, {}).map((finding) => finding.split(' ')[0])).toEqual([
      'SECRET_KEYS',
      'DATABASE_URL',
    ]);
  });

  it('asks the migrator for its own database URL alone', () => {
    const url = 'postgres://owner:pass@db/acs';
    expect(loadMigratorEnvironment({ MIGRATION_DATABASE_URL: url }).migrationDatabaseUrl).toBe(url);
    expect(findingsOf(loadMigratorEnvironment, { DATABASE_URL: url })).toEqual([
      expect.stringMatching(/^MIGRATION_DATABASE_URL is not set/),
    ]);
  });

  it.each([
    ['redis://localhost:6379', { kind: 'single', url: 'redis://localhost:6379' }],
    ['rediss://user:pass@cache:6380/3', { kind: 'single', url: 'rediss://user:pass@cache:6380/3' }],
    [
      'redis+sentinel://user:p%40ss@h1:26379,[::1]:26380,h3/mymaster',
      {
        kind: 'sentinel',
        sentinels: [
          { host: 'h1', port: 26_379 },
          { host: '::1', port: 26_380 },
          { host: 'h3', port: 26_379 },
        ],
        name: 'mymaster',
        username: 'user',
        password: 'p@ss',
      },
    ],
    [
      'redis+cluster://:pass@h1:6379,h2',
      {
        kind: 'cluster',
        nodes: [
          { host: 'h1', port: 6_379 },
          { host: 'h2', port: 6_379 },
        ],
        password: 'pass',
      },
    ],
  ])('reads REDIS_URL=%s', (url, address) => {
    expect(loadWorkerEnvironment({ ...GOOD_WORKER, REDIS_URL: url }).redis).toEqual(address);
  });

  it.each([
    'localhost:6379',
    'http://localhost:6379',
    'redis:///0',
    'redis://localhost/zero',
    'redis://localhost?enableOfflineQueue=false',
    'redis+sentinel://h1:26379',
    'redis+sentinel://h1:x/name',
    'redis+sentinel://:%zz@h1/name',
    'redis+cluster://h1:6379,/',
    'redis+cluster://h1:6379/name',
  ])('refuses REDIS_URL=%s', (url) => {
    expect(findingsOf(loadWorkerEnvironment, { ...GOOD_WORKER, REDIS_URL: url })).toEqual([
      expect.stringMatching(/^REDIS_URL must be/),
    ]);
  });
});

describe('the secret keys', () => {
  const keys = (text: string, more: NodeJS.ProcessEnv = {}): string[] =>
    findingsOf(loadWorkerEnvironment, { ...GOOD_WORKER, SECRET_KEYS: text, ...more });
  const production = { NODE_ENV: 'production' };
  const encode = (bytes: Buffer | number[]): string => Buffer.from(bytes).toString('base64');

  it('are read in order', () => {
    const other = encode(Buffer.from('lY0m8Yq3wM0l1F2f8hR7qzUe5m7V0w9Qk3yqY5u0J4Y=', 'base64'));
    const { secretKeys } = loadWorkerEnvironment({
      ...GOOD_WORKER,
      SECRET_KEYS: `k2:${other}, k1:${RANDOM_KEY}`,
    });
    expect(secretKeys.map(({ id, bytes }) => [id, bytes.length])).toEqual([
      ['k2', 32],
      ['k1', 32],
    ]);
  });

  it.each([
    ['without an id', RANDOM_KEY],
    ['with a bad id', `a b:${RANDOM_KEY}`],
    ['of other than base64', `k1:${'*'.repeat(44)}`],
    ['of 31 bytes', `k1:${encode(Buffer.from(RANDOM_KEY, 'base64').subarray(1))}`],
    ['with nothing in it', 'k1:'],
    ['with one id twice', `k1:${RANDOM_KEY},k1:lY0m8Yq3wM0l1F2f8hR7qzUe5m7V0w9Qk3yqY5u0J4Y=`],
    ['with one key twice', `k1:${RANDOM_KEY},k2:${RANDOM_KEY}`],
  ])('are refused %s', (_how, text) => {
    expect(keys(text)).toEqual([expect.stringMatching(/^SECRET_KEYS key [12] /)]);
  });

  it.each([
    ['all zero', new Array<number>(32).fill(0)],
    ['of few distinct bytes', Array.from({ length: 32 }, (_, index) => [17, 200, 3, 99][index % 4] ?? 0)],
    ['plain text', [...Buffer.from('this is my very secret key, 123!')]],
    ['counting up', Array.from({ length: 32 }, (_, index) => index + 100)],
    ['one half twice', [1, 2].flatMap(() => [...Buffer.from(RANDOM_KEY, 'base64').subarray(0, 16)])],
  ])('are refused in production, and only there, when they are %s', (_how, bytes) => {
    expect(keys(`k1:${encode(bytes)}`)).toEqual([]);
    expect(keys(`k1:${encode(bytes)}`, production)).toEqual([
      'SECRET_KEYS key 1 is not random; make one with: openssl rand -base64 32',
    ]);
  });

  it('are refused in production when another setting holds one too', () => {
    const shared = { ...production, DATABASE_URL: `postgres://u:${encodeURIComponent(RANDOM_KEY)}@db/acs` };
    expect(keys(`k1:${RANDOM_KEY}`, shared)).toEqual([expect.stringMatching(/^DATABASE_URL holds a key/)]);
    const gateway = `gateway+https://sms.example/?secret=${encodeURIComponent(RANDOM_KEY)}`;
    expect(keys(`k1:${RANDOM_KEY}`, { ...production, SMS_PROVIDERS: gateway })).toEqual([
      expect.stringMatching(/^SMS_PROVIDERS holds a key/),
    ]);
  });
});
