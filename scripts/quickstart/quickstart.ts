import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNode } from './child.js';
import { freshLogFolder } from './child-log.js';
import { createDatabase, grantProcessRoles, loginUrl, type DatabaseRoles } from './database.js';
import { systemEnvironment } from './environment.js';
import { Family } from './family.js';
import { onPath } from './on-path.js';
import { plantSeed } from './plant-seed.js';
import { requireFreePorts } from './ports.js';
import { placePostgres } from './postgres-files.js';
import { startPostgres } from './postgres.js';
import { postgresUser } from './postgres-user.js';
import { startRedis } from './redis.js';
import { restartOnChange } from './restart-on-change.js';
import { RunRecord } from './run-record.js';
import { migrateAs, RunningService, type ServiceUrls } from './running-service.js';
import { loadSecrets, type Secrets } from './secrets.js';
import type { Settings } from './settings.js';
import { welcome } from './welcome.js';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The service with all it needs, as child processes of this one. */
export class Quickstart {
  private readonly record: RunRecord;
  private family: Family | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly watch: boolean,
  ) {
    this.record = new RunRecord(settings.dataDir);
  }

  /** Starts everything, prints how to use it and stays. Rejects when a part cannot start or ends unasked. */
  async run(): Promise<never> {
    await this.record.takeOver();
    await requireFreePorts(this.settings);
    const family = new Family(this.record, freshLogFolder(this.settings.dataDir), say, this.watch);
    this.family = family;
    const service = await Promise.race([this.startAll(family), family.firstUnaskedEnd]);
    if (this.watch) restartOnChange(service, family, say);
    return await family.firstUnaskedEnd;
  }

  /** Ends every part, in order, and waits. */
  async stop(): Promise<void> {
    if (!this.family) return;
    await this.family.stop();
    this.record.clear();
  }

  private async startAll(family: Family): Promise<RunningService> {
    const secrets = loadSecrets(join(this.settings.dataDir, 'secrets.json'));
    const [database, redis] = await Promise.all([
      this.startDatabase(family, secrets),
      this.startRedis(family, secrets),
      this.startAuthorizationServer(family, secrets),
      this.startMailbox(family),
    ]);
    const service = new RunningService(this.settings, secrets, family, { ...database, redis }, say);
    await service.start();
    const { ports } = this.settings;
    const refused = await plantSeed({
      apiUrl: `http://localhost:${ports.PORT}`,
      tokenUrl: `http://localhost:${ports.AUTH_PORT}/token`,
    });
    refused.forEach(say);
    console.log(welcome(this.settings, performance.now() / 1000));
    return service;
  }

  private async startDatabase(family: Family, secrets: Secrets): Promise<Omit<ServiceUrls, 'redis'>> {
    const user = postgresUser();
    const files = placePostgres(user, this.settings.dataDir, secrets.installation, say);
    const { superuser, owner, api, worker } = secrets.databasePasswords;
    const child = family.member('PostgreSQL', 'database');
    const { url } = await startPostgres({ files, user, superuserPassword: superuser, child });
    say('PostgreSQL is up');
    const roles: DatabaseRoles = {
      database: 'acs',
      owner: { name: 'acs_quickstart_owner', password: owner },
      api: { name: 'acs_quickstart_api', password: api },
      worker: { name: 'acs_quickstart_worker', password: worker },
    };
    await createDatabase(url, roles);
    const urls = {
      owner: loginUrl(url, roles.database, roles.owner),
      api: loginUrl(url, roles.database, roles.api),
      worker: loginUrl(url, roles.database, roles.worker),
    };
    await migrateAs(family, urls.owner, say);
    await grantProcessRoles(url, roles);
    return urls;
  }

  /** The Redis that was given, or a private one, or none. */
  private async startRedis(family: Family, secrets: Secrets): Promise<string | undefined> {
    if (this.settings.redisUrl !== undefined) return this.settings.redisUrl;
    const program = onPath('redis-server', 'valkey-server');
    if (program === undefined) {
      say(
        'Deliveries go without Bull, straight from the outbox to the processor: there is no redis-server or ' +
          'valkey-server on the PATH. To turn Bull on, install one of them or set REDIS_URL.',
      );
      return undefined;
    }
    const folder = join(this.settings.dataDir, 'redis');
    const child = family.member('Redis', 'redis');
    const { url } = await startRedis({ program, folder, password: secrets.redisPassword, child });
    say('Redis is up; deliveries go through Bull');
    return url;
  }

  private async startAuthorizationServer(family: Family, secrets: Secrets): Promise<void> {
    const { signingKey, cookieKey, introspectionSecret } = secrets;
    const options = {
      port: this.settings.ports.AUTH_PORT,
      secrets: { signingKey, cookieKey, introspectionSecret },
    };
    const env = { ...systemEnvironment(), AUTHORIZATION_SERVER: JSON.stringify(options) };
    const child = family.member('Authorization server', 'companion', env);
    await startNode(here('authorization-server-process.js'), child).line(isListening);
    say('The authorization server is up');
  }

  private async startMailbox(family: Family): Promise<void> {
    const folder = join(this.settings.dataDir, 'mail');
    mkdirSync(folder, { recursive: true });
    const { MAIL_SMTP_PORT, MAIL_WEB_PORT } = this.settings.ports;
    const options = { smtpPort: MAIL_SMTP_PORT, webPort: MAIL_WEB_PORT, folder };
    const env = { ...systemEnvironment(), MAILBOX: JSON.stringify(options) };
    await startNode(here('mailbox-process.js'), family.member('Mailbox', 'companion', env)).line(isListening);
    say('The mailbox is up');
  }
}

const isListening = (line: string): boolean => line.startsWith('listening');

function say(message: string): void {
  console.log(`  ${message}`);
}
