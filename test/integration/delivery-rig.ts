import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import Bull from 'bull';
import { v7 as uuidv7 } from 'uuid';
import { SqlAuditTrail } from '../../src/audit/sql-audit-trail.js';
import { ConfigurationReader } from '../../src/config/application/configuration-reader.js';
import {
  type Configuration,
  DEFAULT_SETTINGS,
  type Settings,
} from '../../src/config/domain/configuration.js';
import { PgTransactor } from '../../src/database/pg-transactor.js';
import { BeginAttempt } from '../../src/delivery/application/begin-attempt.js';
import { CarryOut } from '../../src/delivery/application/carry-out.js';
import { Channels } from '../../src/delivery/application/channels.js';
import { ClaimLedger } from '../../src/delivery/application/claim-ledger.js';
import { ConcludeAttempt } from '../../src/delivery/application/conclude-attempt.js';
import { Deliver } from '../../src/delivery/application/deliver.js';
import { DeliveryWork } from '../../src/delivery/application/delivery-work.js';
import type { Dispatcher } from '../../src/delivery/application/dispatcher.js';
import type { OutgoingMessage, WithdrawalReason } from '../../src/delivery/application/outbox.js';
import type { EmailMessage, Provider } from '../../src/delivery/application/provider.js';
import { Pulse } from '../../src/delivery/application/pulse.js';
import { Relay } from '../../src/delivery/application/relay.js';
import { ReleaseClaims } from '../../src/delivery/application/release-claims.js';
import { senderOf } from '../../src/delivery/application/sender.js';
import { TemplateSource } from '../../src/delivery/application/template-source.js';
import { BREAKER_LIMITS, type BreakerLimits } from '../../src/delivery/domain/breaker.js';
import type { DeliveryLimits } from '../../src/delivery/domain/limits.js';
import { SharedTransactions } from '../../src/delivery/application/shared-transactions.js';
import { SqlDeliveryStore } from '../../src/delivery/persistence/sql-delivery-store.js';
import { SqlOutbox } from '../../src/delivery/persistence/sql-outbox.js';
import { SqlRouting } from '../../src/delivery/persistence/sql-routing.js';
import { BullConsumer } from '../../src/delivery/queue/bull-consumer.js';
import { BullDispatcher } from '../../src/delivery/queue/bull-dispatcher.js';
import {
  DELIVERY_QUEUE,
  type DeliveryJob,
  deliveryQueueOptions,
} from '../../src/delivery/queue/delivery-queue.js';
import { FallbackDispatcher } from '../../src/delivery/queue/fallback-dispatcher.js';
import { RedisConnections } from '../../src/delivery/queue/redis-connections.js';
import { RedisWatch } from '../../src/delivery/queue/redis-watch.js';
import { DeliveryProcess } from '../../src/delivery/worker/delivery-process.js';
import { DirectDispatcher } from '../../src/delivery/worker/direct-dispatcher.js';
import { KeyRing } from '../../src/keys/key-ring.js';
import type { Template } from '../../src/template/template.js';
import type { DeliveryDatabase } from './delivery-database.js';

export const TENANT = 'acme';
export const CODE = '734218';
export const RECIPIENT = 'anna.canary@example.test';

/** Everything faster than in production, in the same proportions. */
export const FAST: DeliveryLimits = {
  maxAttempts: 4,
  mostAttempts: 8,
  leaseMs: 2_000,
  placeMs: 250,
  sendMs: 1_000,
  backOffBaseMs: 50,
  backOffCapMs: 200,
  holdMs: 100,
};

const TEMPLATE: Template = {
  defaultLocale: 'en',
  link: null,
  originDomain: null,
  locales: { en: { subject: 'Your code', text: 'Your code is {{ code }}' } },
};

class FixedTemplates extends TemplateSource {
  find(): Promise<Template> {
    return Promise.resolve(TEMPLATE);
  }
}

/** A tenant's settings that a test can switch. */
export class SwitchableConfiguration extends ConfigurationReader {
  emailEnabled = true;
  from = DEFAULT_SETTINGS.email.from;

  get settings(): Settings {
    const email = { ...DEFAULT_SETTINGS.email, enabled: this.emailEnabled, from: this.from };
    return { ...DEFAULT_SETTINGS, email };
  }

  current(): Promise<Configuration> {
    return Promise.resolve({ version: 1, ...this.settings });
  }
}

/** How claims reach the processor: straight, or through Bull on the Redis at a URL. */
export type Mode = { readonly kind: 'direct' } | { readonly kind: 'bull'; readonly redisUrl: string };

export interface WorkerOptions {
  readonly mode: Mode;
  readonly providers: readonly Provider<EmailMessage>[];
  readonly limits?: DeliveryLimits;
  readonly breaker?: BreakerLimits;
  readonly ratePerSecond?: number;
  readonly concurrency?: number;
  /** Puts something between the relay and the dispatcher. */
  readonly around?: (dispatcher: Dispatcher) => Dispatcher;
}

export interface TestWorker {
  readonly dispatcher: Dispatcher;
  readonly work: DeliveryWork;
  readonly deliver: Deliver;
  readonly begin: BeginAttempt;
  readonly conclude: ConcludeAttempt;
  stop(): Promise<void>;
}

export interface DeliveryRow {
  readonly status: string;
  readonly attempts: number;
  readonly fence: number;
  readonly due_at: Date | null;
  readonly error: string | null;
  readonly provider: string | null;
  readonly provider_message_id: string | null;
  readonly sent_at: Date | null;
  readonly ended_at: Date | null;
  readonly message_sealed: Buffer | null;
}

/** Delivery composed by hand on a real database. */
export class DeliveryRig {
  readonly configuration = new SwitchableConfiguration();
  readonly apiTransactor: PgTransactor;
  readonly transactor: PgTransactor;
  readonly outbox: SqlOutbox;
  readonly store: SqlDeliveryStore;
  readonly routing: SqlRouting;
  private readonly workers: TestWorker[] = [];

  constructor(readonly database: DeliveryDatabase) {
    const keys = new KeyRing([{ id: 'k1', bytes: randomBytes(32) }]);
    this.apiTransactor = new PgTransactor(database.api);
    this.transactor = new PgTransactor(database.worker);
    this.outbox = new SqlOutbox(keys);
    this.store = new SqlDeliveryStore(keys, new SqlAuditTrail());
    this.routing = new SqlRouting(database.worker);
  }

  async add(changes: Partial<OutgoingMessage> = {}, usefulMs = 120_000, tenant = TENANT): Promise<string> {
    const message: OutgoingMessage = {
      challengeId: uuidv7(),
      policyId: randomUUID(),
      policyVersion: 1,
      channel: 'EMAIL',
      recipient: RECIPIENT,
      locale: null,
      variables: {
        code: CODE,
        challengeId: uuidv7(),
        expiresInMinutes: 5,
        action: null,
        tenant: TENANT,
        variables: {},
      },
      sender: senderOf(this.configuration.settings),
      ...changes,
    };
    return await this.apiTransactor.inTenant(tenant, (tx) =>
      Promise.resolve(this.outbox.add(tx, message, new Date(Date.now() + usefulMs))),
    );
  }

  /** As the challenge's end does. */
  async withdraw(id: string, reason: WithdrawalReason): Promise<void> {
    await this.apiTransactor.inTenant(TENANT, (tx) => {
      this.outbox.withdraw(tx, id, reason);
      return Promise.resolve();
    });
  }

  /** The parts of a worker, with nothing claimed yet. */
  parts({
    providers,
    limits = FAST,
    breaker = BREAKER_LIMITS,
    ratePerSecond,
    concurrency = 20,
  }: Pick<WorkerOptions, 'providers' | 'limits' | 'breaker' | 'ratePerSecond' | 'concurrency'>): {
    readonly channels: Channels;
    readonly work: DeliveryWork;
    readonly ledger: ClaimLedger;
    readonly begin: BeginAttempt;
    readonly conclude: ConcludeAttempt;
    readonly deliver: Deliver;
  } {
    const channels = new Channels(
      providers.map((provider) => ({ provider, ...(ratePerSecond === undefined ? {} : { ratePerSecond }) })),
      [],
      breaker,
    );
    const transactions = new SharedTransactions(this.transactor);
    const begin = new BeginAttempt(
      transactions,
      this.store,
      this.configuration,
      channels,
      new FixedTemplates(),
    );
    const conclude = new ConcludeAttempt(transactions, this.store);
    const deliver = new Deliver(begin, new CarryOut(channels), conclude);
    const ledger = new ClaimLedger();
    return {
      channels,
      work: new DeliveryWork(deliver, ledger, concurrency, limits),
      ledger,
      begin,
      conclude,
      deliver,
    };
  }

  /** A whole worker, claiming and delivering until it is stopped. */
  async start(options: WorkerOptions): Promise<TestWorker> {
    const { mode, limits = FAST, concurrency = 20, around = (inner) => inner } = options;
    const { work, ledger, begin, conclude, deliver } = this.parts({ ...options, limits });
    const pulse = new Pulse();
    const direct = new DirectDispatcher(work);
    const { dispatcher, close } =
      mode.kind === 'direct'
        ? { dispatcher: direct, close: () => Promise.resolve() }
        : this.bull(mode.redisUrl, work, ledger, direct);
    const release = new ReleaseClaims(this.transactor, this.store, ledger);
    const relay = new Relay(this.routing, around(dispatcher), ledger, release, pulse, concurrency);
    const process = new DeliveryProcess(relay, dispatcher, work, ledger, release);
    await dispatcher.start();
    relay.start(limits.leaseMs);
    let stopped: Promise<void> | undefined;
    const worker = {
      dispatcher,
      work,
      deliver,
      begin,
      conclude,
      stop: () => (stopped ??= process.beforeApplicationShutdown().then(close)),
    };
    this.workers.push(worker);
    return worker;
  }

  async row(id: string): Promise<DeliveryRow> {
    const [row] = await this.database.query<DeliveryRow>('SELECT * FROM delivery WHERE id = $1', [id]);
    if (!row) throw new Error(`There is no delivery ${id}`);
    return row;
  }

  async attempts(id: string): Promise<{ outcome: string | null; error: string | null; provider: string }[]> {
    return await this.database.query(
      'SELECT outcome, error, provider FROM delivery_attempt WHERE delivery_id = $1 ORDER BY number',
      [id],
    );
  }

  async auditEvents(id: string): Promise<string[]> {
    const rows = await this.database.query<{ event: string }>(
      'SELECT event FROM audit WHERE object_id = $1 ORDER BY id',
      [id],
    );
    return rows.map(({ event }) => event);
  }

  /** Resolves with the row once it has one of the statuses. */
  async until(id: string, statuses: readonly string[], timeoutMs = 15_000): Promise<DeliveryRow> {
    return await eventually(async () => {
      const row = await this.row(id);
      return statuses.includes(row.status) ? row : undefined;
    }, timeoutMs);
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.stop()));
  }

  private bull(
    redisUrl: string,
    work: DeliveryWork,
    ledger: ClaimLedger,
    direct: Dispatcher,
  ): { readonly dispatcher: Dispatcher; readonly close: () => Promise<void> } {
    const connections = new RedisConnections({ kind: 'single', url: redisUrl });
    const queue = new Bull<DeliveryJob>(DELIVERY_QUEUE, deliveryQueueOptions(connections));
    const bull = new BullDispatcher(queue, work);
    const consumer = new BullConsumer(queue, work, ledger, this.routing);
    return {
      dispatcher: new FallbackDispatcher(
        bull,
        consumer,
        direct,
        new RedisWatch(queue, bull, consumer, false),
      ),
      close: async () => {
        await queue.close(true);
        connections.close();
      },
    };
  }
}

/** Asks again and again until there is an answer. */
export async function eventually<T>(ask: () => Promise<T | undefined>, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`It did not happen within ${timeoutMs} ms`);
    await delay(20);
  }
}
