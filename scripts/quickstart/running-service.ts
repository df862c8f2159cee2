import { apiEnvironment, systemEnvironment, workerEnvironment } from './environment.js';
import type { Family } from './family.js';
import type { Secrets } from './secrets.js';
import { migrate, startApiProcess, startWorkerProcess } from './service-processes.js';
import type { Settings } from './settings.js';

/** How each process of the service reaches what it needs. */
export interface ServiceUrls {
  readonly owner: string;
  readonly api: string;
  readonly worker: string;
  /** Absent: deliveries go without Bull. */
  readonly redis: string | undefined;
}

/** API and worker, which `npm run dev` replaces while all else stays. */
export class RunningService {
  constructor(
    private readonly settings: Settings,
    private readonly secrets: Secrets,
    private readonly family: Family,
    private readonly urls: ServiceUrls,
    private readonly say: (message: string) => void,
  ) {}

  async start(): Promise<void> {
    const { settings, secrets, family, urls } = this;
    const apiEnv = apiEnvironment(settings, secrets, urls.api);
    const workerEnv = workerEnvironment(settings, secrets, urls.worker, urls.redis);
    await Promise.all([
      startApiProcess(
        `http://127.0.0.1:${settings.ports.PORT}`,
        family.member('API', 'service', apiEnv, true),
      ),
      startWorkerProcess(family.member('Worker', 'service', workerEnv, true)),
    ]);
    this.say('API and worker are ready');
  }

  /** Ends both, migrates, and starts both anew. */
  async restart(): Promise<void> {
    await this.family.end('service');
    await migrateAs(this.family, this.urls.owner, this.say);
    await this.start();
  }
}

/** Brings the schema up to date, as the role that owns the database. */
export async function migrateAs(
  family: Family,
  ownerUrl: string,
  say: (message: string) => void,
): Promise<void> {
  const env = { ...systemEnvironment(), NODE_ENV: 'development', MIGRATION_DATABASE_URL: ownerUrl };
  const options = family.member('Migrator', 'service', env, true);
  await migrate({
    ...options,
    // It ends by itself when its work is done.
    onStart: (child) => {
      options.onStart?.(child);
      family.release(child);
    },
  });
  say('The schema is up to date');
}
