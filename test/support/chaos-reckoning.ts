import { withClient } from '../../scripts/quickstart/database.js';
import { DELIVERY_LIMITS } from '../../src/delivery/domain/limits.js';
import type { ChaosCustomers } from './chaos-customers.js';
import type { Hand } from './chaos-provider.js';
import type { ChaosWorld } from './chaos-world.js';
import { eventually } from './eventually.js';

/** What came of it all. */
export interface Reckoning {
  readonly committed: number;
  readonly sent: number;
  readonly duplicates: number;
  readonly dead: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly crashes: Readonly<Record<string, number>>;
  /** From when everything was back and nothing died any more to the provider, of what was open then and not there. */
  readonly recovery: {
    readonly deliveries: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  };
  /** From its creation to the provider, of the message that took longest. */
  readonly longestWaitMs: number;
  /** Each a broken promise. */
  readonly violations: readonly string[];
}

interface DeliveryRow {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly unknowns: number;
  readonly created_at: Date;
}

/** Sentences that no row may fulfil. */
const NEVER: Readonly<Record<string, string>> = {
  'an idempotency key with two challenges': `SELECT subject FROM challenge GROUP BY subject HAVING count(*) > 1`,
  'a sealed message of an ended challenge': `SELECT d.id FROM delivery d JOIN challenge c ON c.id = d.challenge_id
     WHERE c.state <> 'ISSUED' AND d.message_sealed IS NOT NULL`,
  'a challenge that was issued without an audit row, or with two': `SELECT c.id FROM challenge c LEFT JOIN audit a
     ON a.object_id = c.id AND a.event = 'challenge.issued' GROUP BY c.id HAVING count(a.id) <> 1`,
  ...Object.fromEntries(
    (
      [
        ['verification', 'verified', 'c.verified_at IS NOT NULL'],
        ['completion', 'completed', 'c.completed_at IS NOT NULL'],
        ['expiry', 'expired', `c.state = 'EXPIRED'`],
        ['cancellation', 'cancelled', `c.state = 'CANCELLED'`],
        ['failure', 'failed', `c.state = 'FAILED'`],
      ] as const
    ).map(([name, event, happened]) => [
      `a challenge without exactly one audit row of its ${name}, or with one of none`,
      `SELECT c.id FROM challenge c LEFT JOIN audit a ON a.object_id = c.id AND a.event = 'challenge.${event}'
       GROUP BY c.tenant_id, c.id HAVING count(a.id) <> (${happened})::int`,
    ]),
  ),
  // What is withdrawn before a worker has it ends with its challenge, whose own row tells of that.
  'an ended delivery without exactly one audit row of its end, or with one of another': `SELECT d.id
     FROM delivery d LEFT JOIN audit a ON a.object_id = d.id
       AND a.event IN ('delivery.sent', 'delivery.delivered', 'delivery.failed', 'delivery.unknown', 'delivery.dead')
     WHERE d.status NOT IN ('PENDING', 'SENDING') GROUP BY d.tenant_id, d.id
     HAVING array_agg(a.event) <> ARRAY['delivery.' || lower(d.status)]
       AND NOT (count(a.id) = 0 AND d.status = 'FAILED' AND d.error = 'CHALLENGE_ENDED')`,
  'a delivery with more attempts than it may have': `SELECT d.id FROM delivery d
     JOIN delivery_attempt a ON a.delivery_id = d.id AND a.outcome <> 'NOT_MADE'
     GROUP BY d.tenant_id, d.id, d.attempts_max
     HAVING count(*) > coalesce(d.attempts_max, ${DELIVERY_LIMITS.maxAttempts})`,
  'a delivery whose attempts are not all on record': `SELECT d.id FROM delivery d LEFT JOIN delivery_attempt a
     ON a.delivery_id = d.id GROUP BY d.tenant_id, d.id HAVING count(a.number) <> d.attempts`,
  'a challenge whose time is over and that is open': `SELECT id FROM challenge
     WHERE deadline_at < clock_timestamp() - interval '5 seconds'`,
  'an attempt that never ended': `SELECT delivery_id FROM delivery_attempt WHERE outcome IS NULL`,
  'a delivery without its challenge': `SELECT d.id FROM delivery d LEFT JOIN challenge c ON c.id = d.challenge_id
     WHERE c.id IS NULL`,
  'a challenge without its delivery': `SELECT c.id FROM challenge c LEFT JOIN delivery d ON d.id = c.delivery_id
     WHERE d.id IS NULL`,
};

const ENDS = ['COMPLETED', 'CANCELLED', 'FAILED'];
const OVERDUE = 'SELECT FROM challenge WHERE deadline_at < clock_timestamp() LIMIT 1';

/** Waits until nothing is left to deliver or to end, and holds what the provider and the customers saw against the database. */
export async function reckon(world: ChaosWorld, customers: ChaosCustomers): Promise<Reckoning> {
  return await withClient(world.acs.database.superuserUrl, async (client) => {
    await eventually(
      async () =>
        (await client.query('SELECT FROM delivery WHERE due_at IS NOT NULL LIMIT 1')).rowCount === 0 &&
        (await client.query(OVERDUE)).rowCount === 0,
      { timeoutMs: 90_000, everyMs: 200 },
    );
    // With its crashes PostgreSQL forgets how much it has, and plans these questions for little.
    await client.query('ANALYZE');
    const { rows: deliveries } = await client.query<DeliveryRow>(
      `SELECT d.id, d.status, d.attempts, d.created_at,
         (SELECT count(*)::int FROM delivery_attempt a WHERE a.delivery_id = d.id AND a.outcome = 'UNKNOWN') AS unknowns
       FROM delivery d`,
    );
    const { rows: challenges } = await client.query<{ id: string; subject: string; state: string }>(
      'SELECT id, subject, state FROM challenge',
    );
    const violations: string[] = [...customers.surprises];
    for (const [sentence, query] of Object.entries(NEVER)) {
      const { rowCount } = await client.query(query);
      if (rowCount) violations.push(`${rowCount} × ${sentence}`);
    }
    const stored = new Map(challenges.map((challenge) => [challenge.subject, challenge]));
    for (const { key, id, state } of customers.journeys) {
      const challenge = stored.get(key);
      if (id !== undefined && challenge?.id !== id) violations.push(`acknowledged and lost: ${id}`);
      if (ENDS.includes(state ?? '') && challenge?.state !== state)
        violations.push(`acknowledged as ${state}, stored as ${challenge?.state}`);
    }
    const hands = world.provider.byDelivery();
    for (const { id, status, unknowns } of deliveries) {
      const sends = hands.get(id) ?? [];
      if (['PENDING', 'SENDING'].includes(status)) violations.push(`never ended: ${id}`);
      if (status === 'SENT' && sends.length === 0)
        violations.push(`recorded as sent, and never taken: ${id}`);
      if (sends.length > 1 + unknowns)
        violations.push(`${sends.length} sends with ${unknowns} unknown outcomes: ${id}`);
      const ways = new Set(sends.map(({ by }) => by)).size;
      if (new Set(sends.map(({ digest }) => digest)).size > ways) violations.push(`different sends of ${id}`);
      if (new Set(sends.map(({ code }) => code)).size > 1) violations.push(`different codes of ${id}`);
    }
    const ends = tally(deliveries.map(({ status }) => status));
    return {
      committed: deliveries.length,
      sent: hands.size,
      duplicates: [...hands.values()].reduce((sum, sends) => sum + sends.length - 1, 0),
      dead: ends['DEAD'] ?? 0,
      ends,
      crashes: tally(world.crashes.map(({ victim }) => victim)),
      recovery: recovery(world, hands),
      longestWaitMs: deliveries.reduce((longest, { id, created_at }) => {
        const first = hands.get(id)?.[0];
        return first ? Math.max(longest, first.at - created_at.getTime()) : longest;
      }, 0),
      violations,
    };
  });
}

function recovery(world: ChaosWorld, hands: ReadonlyMap<string, readonly Hand[]>): Reckoning['recovery'] {
  const waits = world.calms
    .flatMap(({ since, open }) => open.map((id) => (hands.get(id)?.[0]?.at ?? 0) - since))
    .filter((wait) => wait > 0)
    .sort((a, b) => a - b);
  const at = (share: number): number =>
    waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0;
  return { deliveries: waits.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
