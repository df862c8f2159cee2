import { Redis } from 'ioredis';
import { DEVELOPMENT_CLIENTS } from '../../scripts/quickstart/development-clients.js';
import { issuer as issuerEntry } from '../../scripts/quickstart/environment.js';
import { plantSeed } from '../../scripts/quickstart/plant-seed.js';
import { generateSecrets } from '../../scripts/quickstart/secrets.js';
import type { Scope } from '../../src/auth/require-scopes.js';
import { ApiClient } from './api-client.js';
import { Mailbox } from './mailbox.js';
import { startApi, startWorker, type ApiProcess, type TestProcess } from './processes.js';
import { redisServerUrl } from './redis-server.js';
import { sharedAuthorization } from './shared-services.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

export interface AcsOptions {
  readonly apis?: number;
  readonly workers?: number;
  /** Without it deliveries go through Bull where this run has a Redis. */
  readonly withoutBull?: boolean;
  readonly apiEnv?: NodeJS.ProcessEnv;
  readonly workerEnv?: NodeJS.ProcessEnv;
  /** The seeded policies that both tenants get. */
  readonly policies?: readonly string[];
  /** The `dist` of another version, for the schema and the processes that are started at first. */
  readonly build?: string;
  /** How the processes reach the database, where not straight. */
  readonly reach?: (database: TestDatabase) => Promise<Pick<TestDatabase, 'apiUrl' | 'workerUrl'>>;
  /** Servers of the test's own, instead of those of this run. */
  readonly servers?: { readonly databaseUrl: string; readonly redisUrl?: string };
}

/** The whole service for one test file: processes, database and mailbox of its own, and the authorization server of this run. */
export class Acs {
  readonly workers: TestProcess[] = [];
  readonly apis: ApiProcess[] = [];

  constructor(
    readonly database: TestDatabase,
    readonly mailbox: Mailbox,
    readonly issuer: string,
    readonly env: { readonly api: NodeJS.ProcessEnv; readonly worker: NodeJS.ProcessEnv },
  ) {}

  /** A caller of the tenant with these scopes, or with all. `on` chooses among several API processes. */
  api(tenant: 'acme' | 'globex', scopes?: readonly Scope[], on = 0): ApiClient {
    let token: Promise<string> | undefined;
    return new ApiClient(this.apis[on]!.url, async () => await (token ??= this.token(tenant, scopes)));
  }

  /** An access token of the development authorization server. */
  async token(tenant: 'acme' | 'globex', scopes?: readonly Scope[]): Promise<string> {
    const { id, secret } = DEVELOPMENT_CLIENTS.find((client) => client.tenant === tenant)!;
    const response = await fetch(`${this.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
      }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  }

  /** Another API process: of this version, or of another build. */
  async addApi(env: NodeJS.ProcessEnv = {}, build?: string): Promise<ApiProcess> {
    const api = await startApi({ ...this.env.api, ...env }, build);
    this.apis.push(api);
    return api;
  }

  /** Another worker process: of this version, or of another build. */
  async addWorker(env: NodeJS.ProcessEnv = {}, build?: string): Promise<TestProcess> {
    const worker = await startWorker({ ...this.env.worker, ...env }, build);
    this.workers.push(worker);
    return worker;
  }

  /** SIGKILL to a worker, and another in its place. */
  async restartWorker(index = 0): Promise<TestProcess> {
    await this.workers[index]!.child.kill();
    this.workers.splice(index, 1);
    return await this.addWorker();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.workers, ...this.apis].map(({ child }) => child.stop(27_000)));
    await this.mailbox.stop();
    await this.database.drop();
  }
}

/** Starts API processes (1), workers (1) and what they need; both tenants have the policy `password-reset`. */
export async function startAcs(options: AcsOptions = {}): Promise<Acs> {
  const secrets = generateSecrets();
  const [database, mailbox] = await Promise.all([
    createTestDatabase(options.servers?.databaseUrl, options.build),
    Mailbox.start(),
  ]);
  const authorization = sharedAuthorization();
  const redisUrl = await redisOf(options);
  const { apiUrl, workerUrl } = (await options.reach?.(database)) ?? database;
  const shared = { NODE_ENV: 'test', SECRET_KEYS: secrets.secretKeys };
  const api = {
    ...shared,
    DATABASE_URL: apiUrl,
    AUTH_ISSUERS: JSON.stringify([issuerEntry(authorization.issuer, authorization.introspectionSecret)]),
    ...options.apiEnv,
  };
  const worker = {
    ...shared,
    DATABASE_URL: workerUrl,
    EMAIL_PROVIDERS: `smtp://127.0.0.1:${mailbox.port}?tls=off`,
    SMS_PROVIDERS: `mail-gateway://127.0.0.1:${mailbox.port}?domain=sms.localhost&from=sms@acs.localhost`,
    ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    ...options.workerEnv,
  };
  const acs = new Acs(database, mailbox, authorization.issuer, { api, worker });
  try {
    await Promise.all([
      ...Array.from({ length: options.apis ?? 1 }, () => acs.addApi({}, options.build)),
      ...Array.from({ length: options.workers ?? 1 }, () => acs.addWorker({}, options.build)),
    ]);
    const target = { apiUrl: acs.apis[0]!.url, tokenUrl: `${acs.issuer}/token` };
    const refused = await plantSeed(target, options.policies ?? ['password-reset']);
    if (refused.length > 0) throw new Error(refused.join('\n'));
    return acs;
  } catch (error) {
    await acs.stop();
    throw error;
  }
}

async function redisOf({ servers, withoutBull }: AcsOptions): Promise<string | undefined> {
  if (servers) return servers.redisUrl;
  return withoutBull ? undefined : await emptyRedisDatabase();
}

let started = 0;

/** A database of this run's Redis that no other test file uses at the same time, emptied. */
export async function emptyRedisDatabase(): Promise<string | undefined> {
  const server = redisServerUrl();
  if (server === undefined) return undefined;
  const url = new URL(server);
  // Redis has 16; each of Jest's workers runs one file at a time.
  url.pathname = `/${(Number(process.env.JEST_WORKER_ID ?? 0) * 4 + (started++ % 4)) % 16}`;
  const redis = new Redis(url.href);
  await redis.flushdb();
  await redis.quit();
  return url.href;
}
