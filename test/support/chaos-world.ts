import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '../../scripts/quickstart/database.js';
import { type Acs, startAcs } from './acs.js';
import { ChaosProvider } from './chaos-provider.js';
import { CoreDatabase } from './core-database.js';
import { emailCodePolicy } from './core-policies.js';
import { eventually } from './eventually.js';
import {
  type KillablePostgres,
  type KillableServer,
  startKillablePostgres,
  startKillableRedis,
} from './killable-servers.js';
import { PostgresProxy } from './postgres-proxy.js';

export type Victim = 'API' | 'worker' | 'PostgreSQL' | 'Redis';

/** What the subjects of challenges begin with that nobody answers. */
export const LEFT = 'leave-';
/** A policy under which a wrong answer is the last. */
export const ONE_TRY = 'one-try';

const APIS = 2;
const WORKERS = 2;
/** Half the life of a token. */
const TOKEN_MS = 30 * 60_000;
const ARRIVE_MS = 180_000;
/** Claims that their worker has not begun. */
const HELD = `SELECT id FROM delivery
  WHERE status = 'PENDING' AND attempts = 0 AND fence > 0 AND due_at > clock_timestamp()`;

/** What keeps deliveries open. */
const STUCK = `SELECT d.status, d.attempts, d.fence, d.due_at - clock_timestamp() AS due,
    (SELECT array_agg(a.error ORDER BY a.number) FROM delivery_attempt a WHERE a.delivery_id = d.id) AS errors
  FROM delivery d WHERE d.due_at IS NOT NULL AND d.id = ANY($1) LIMIT 10`;

export interface ChaosOptions {
  /** Where a Redis can be had. */
  readonly bull: boolean;
  /** With something between the processes and PostgreSQL that can lose replies. */
  readonly proxied?: boolean;
  /** A provider that is tried before the recording one. */
  readonly before?: (provider: ChaosProvider) => Promise<string>;
}

/** A time in which nothing dies, and the deliveries that were open when it began. */
interface Calm {
  readonly since: number;
  readonly open: readonly string[];
}

/** The whole service with a PostgreSQL and a Redis of its own, in which everything can be killed and comes back. */
export class ChaosWorld {
  /** When something died, sessions with PostgreSQL among it. */
  readonly crashes: { readonly victim: Victim | 'session'; readonly at: number }[] = [];
  readonly calms: Calm[] = [];
  private readonly returning = new Set<Promise<void>>();
  private fetched: { readonly token: Promise<string>; readonly at: number } | undefined;

  private constructor(
    readonly acs: Acs,
    readonly provider: ChaosProvider,
    readonly postgres: KillablePostgres,
    private readonly between: PostgresProxy | undefined,
    private readonly redis: KillableServer | undefined,
  ) {}

  static async start({ bull, proxied = false, before }: ChaosOptions): Promise<ChaosWorld> {
    const [provider, postgres, redis] = await Promise.all([
      ChaosProvider.start(),
      startKillablePostgres(),
      bull ? startKillableRedis() : undefined,
    ]);
    const first = await before?.(provider);
    const providers = [...(first === undefined ? [] : [first]), `smtp://127.0.0.1:${provider.port}?tls=off`];
    const proxy = proxied ? await PostgresProxy.start(postgres.url) : undefined;
    const acs = await startAcs({
      apis: APIS,
      workers: WORKERS,
      servers: { databaseUrl: (proxy ?? postgres).url, ...(redis ? { redisUrl: redis.url } : {}) },
      apiEnv: { DATABASE_POOL_SIZE: '10' },
      workerEnv: { EMAIL_PROVIDERS: providers.join(' ') },
    });
    await acs.api('acme').createPolicy(emailCodePolicy(ONE_TRY, { maxAttempts: 1 }));
    return new ChaosWorld(acs, provider, postgres, proxy, redis);
  }

  /** Between the processes and PostgreSQL. */
  get proxy(): PostgresProxy {
    if (!this.between) throw new Error('This world was started without a proxy');
    return this.between;
  }

  /** A token of a caller, renewed in good time. */
  async token(): Promise<string> {
    if (!this.fetched || Date.now() - this.fetched.at > TOKEN_MS)
      this.fetched = { token: this.acs.token('acme'), at: Date.now() };
    return await this.fetched.token;
  }

  /** Lets a tenant create as much as it likes. */
  async liftLimits(): Promise<void> {
    const api = this.acs.api('acme');
    const { body } = await api.getConfiguration();
    const perTenant = { max: 1_000_000, windowSeconds: 60 };
    const issuance = { ...(body['issuance'] as object), perTenant };
    const { status } = await api.putConfiguration({ ...body, issuance });
    if (status !== 200) throw new Error('The limit of the tenant was not lifted');
  }

  get victims(): readonly Victim[] {
    return ['API', 'worker', 'worker', 'PostgreSQL', ...(this.redis ? (['Redis'] as const) : [])];
  }

  /** SIGKILL; resolves when it is dead. Its replacement is on its way. Where all processes are dead none can die. */
  async crash(victim: Victim): Promise<void> {
    if (victim === 'API' || victim === 'worker') {
      const dying = (victim === 'API' ? this.acs.apis : this.acs.workers).shift();
      if (!dying) return;
      this.crashes.push({ victim, at: Date.now() });
      await dying.child.kill();
      this.replace(victim);
    } else {
      this.crashes.push({ victim, at: Date.now() });
      await (victim === 'PostgreSQL' ? this.postgres : this.redis)?.crash();
    }
  }

  /** SIGKILL to all workers at once. */
  async crashWorkers(): Promise<void> {
    await Promise.all(Array.from({ length: this.acs.workers.length }, () => this.crash('worker')));
  }

  /**
   * Every worker dies with claims that it has not begun: at that point all of them stand still until they are dead,
   * and what they had asked of PostgreSQL dies with them. Resolves with how many claims are left without a worker.
   */
  async crashBeforeBegin(): Promise<number> {
    await this.whole();
    const database = new CoreDatabase(this.acs.database.superuserUrl);
    const gate = await database.closeGate(
      `BEFORE UPDATE ON delivery FOR EACH ROW WHEN (NEW.status = 'SENDING' AND OLD.attempts = 0)`,
    );
    try {
      await eventually(async () => (await gate.waiting(0)).length > 0, { timeoutMs: ARRIVE_MS });
      await this.crashWorkers();
      for (const pid of await gate.waiting(0)) await gate.terminate(pid);
      return (await database.rows(HELD)).length;
    } finally {
      await gate.open();
    }
  }

  /** Ends the time of those challenges that nobody answers. */
  async expireLeft(): Promise<void> {
    await new CoreDatabase(this.acs.database.superuserUrl).rows(
      `UPDATE challenge SET expires_at = clock_timestamp()
       WHERE state = 'ISSUED' AND subject LIKE $1 AND expires_at > clock_timestamp()`,
      `${LEFT}%`,
    );
  }

  /** Nothing dies until all that is open now has ended. */
  async calm(): Promise<void> {
    await this.whole();
    const since = Date.now();
    await withClient(this.acs.database.superuserUrl, async (client) => {
      const { rows } = await client.query<{ id: string }>('SELECT id FROM delivery WHERE due_at IS NOT NULL');
      const open = rows.map(({ id }) => id);
      this.calms.push({ since, open });
      const left = 'SELECT FROM delivery WHERE due_at IS NOT NULL AND id = ANY($1) LIMIT 1';
      const isOver = async (): Promise<boolean> => (await client.query(left, [open])).rowCount === 0;
      await eventually(isOver, { timeoutMs: ARRIVE_MS, everyMs: 200 }).catch(async (error: unknown) => {
        const stuck = await client.query(STUCK, [open]);
        const said = this.acs.workers.flatMap(({ child }) => child.lastLines(5));
        throw new Error(`Not over: ${JSON.stringify(stuck.rows)}\n${said.join('\n')}`, { cause: error });
      });
    });
  }

  /** Resolves when everything that died is back. */
  async whole(): Promise<void> {
    while (this.returning.size > 0) await Promise.all(this.returning);
  }

  async stop(): Promise<void> {
    await this.whole();
    await this.acs.stop();
    await Promise.all([this.between?.stop(), this.provider.stop(), this.postgres.stop(), this.redis?.stop()]);
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
