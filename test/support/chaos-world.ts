import { setTimeout as delay } from 'node:timers/promises';
import { type Acs, startAcs } from './acs.js';
import { ChaosProvider } from './chaos-provider.js';
import {
  type KillablePostgres,
  type KillableServer,
  startKillablePostgres,
  startKillableRedis,
} from './killable-servers.js';
import { PostgresProxy } from './postgres-proxy.js';

export type Victim = 'API' | 'worker' | 'PostgreSQL' | 'Redis';

const APIS = 2;
const WORKERS = 2;

/** The whole service with a PostgreSQL and a Redis of its own, in which everything can be killed and comes back. */
export class ChaosWorld {
  /** When something died, sessions with PostgreSQL among it. */
  readonly crashes: { readonly victim: Victim | 'session'; readonly at: number }[] = [];
  private readonly returning = new Set<Promise<void>>();

  private constructor(
    readonly acs: Acs,
    readonly provider: ChaosProvider,
    readonly postgres: KillablePostgres,
    /** Between the processes and PostgreSQL. */
    readonly proxy: PostgresProxy,
    private readonly redis: KillableServer | undefined,
  ) {}

  /** With Bull where a Redis can be had, unless told otherwise. */
  static async start({ bull }: { readonly bull: boolean }): Promise<ChaosWorld> {
    const [provider, postgres, redis] = await Promise.all([
      ChaosProvider.start(),
      startKillablePostgres(),
      bull ? startKillableRedis() : undefined,
    ]);
    const proxy = await PostgresProxy.start(postgres.url);
    const acs = await startAcs({
      apis: APIS,
      workers: WORKERS,
      servers: { databaseUrl: proxy.url, ...(redis ? { redisUrl: redis.url } : {}) },
      apiEnv: { DATABASE_POOL_SIZE: '10' },
      workerEnv: { EMAIL_PROVIDERS: `smtp://127.0.0.1:${provider.port}?tls=off` },
    });
    return new ChaosWorld(acs, provider, postgres, proxy, redis);
  }

  get victims(): readonly Victim[] {
    return ['API', 'worker', 'worker', 'PostgreSQL', ...(this.redis ? (['Redis'] as const) : [])];
  }

  /** SIGKILL; resolves when it is dead. Its replacement is on its way. */
  async crash(victim: Victim): Promise<void> {
    this.crashes.push({ victim, at: Date.now() });
    if (victim === 'PostgreSQL') await this.postgres.crash();
    else if (victim === 'Redis') await this.redis?.crash();
    else await this.crashProcess(victim);
  }

  private async crashProcess(victim: 'API' | 'worker'): Promise<void> {
    const processes = victim === 'API' ? this.acs.apis : this.acs.workers;
    const dying = processes.shift();
    await dying?.child.kill();
    this.replace(victim);
  }

  /** Resolves when everything that died is back. */
  async whole(): Promise<void> {
    while (this.returning.size > 0) await Promise.all(this.returning);
  }

  async stop(): Promise<void> {
    await this.whole();
    await this.acs.stop();
    await this.proxy.stop();
    await Promise.all([this.provider.stop(), this.postgres.stop(), this.redis?.stop()]);
  }

  /** As a supervisor does: a process that cannot start is started again. */
  private replace(victim: 'API' | 'worker'): void {
    const start = async (): Promise<void> => {
      for (let tries = 1; ; tries += 1) {
        try {
          await (victim === 'API' ? this.acs.addApi() : this.acs.addWorker());
          return;
        } catch (error) {
          if (tries === 10) throw error;
          await delay(200);
        }
      }
    };
    const returning = start().finally(() => this.returning.delete(returning));
    this.returning.add(returning);
  }
}
