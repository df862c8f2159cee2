import { withClient } from '../../scripts/quickstart/database.js';
import type { ChaosCustomers } from './chaos-customers.js';
import type { ChaosWorld } from './chaos-world.js';
import { eventually } from './eventually.js';

/** What came of it all. */
export interface Reckoning {
  readonly committed: number;
  readonly sent: number;
  readonly duplicates: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly crashes: Readonly<Record<string, number>>;
  /** From the last crash before a message, or its creation where that came later, to the provider. */
  readonly recoveryMs: { readonly p50: number; readonly p99: number };
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
  'a challenge without exactly one audit row of its verification': `SELECT c.id FROM challenge c LEFT JOIN audit a
     ON a.object_id = c.id AND a.event = 'challenge.verified'
     GROUP BY c.id, c.verified_at HAVING count(a.id) <> (c.verified_at IS NOT NULL)::int`,
  'a challenge without exactly one audit row of its completion': `SELECT c.id FROM challenge c LEFT JOIN audit a
     ON a.object_id = c.id AND a.event = 'challenge.completed'
     GROUP BY c.id, c.completed_at HAVING count(a.id) <> (c.completed_at IS NOT NULL)::int`,
  'an attempt that never ended': `SELECT delivery_id FROM delivery_attempt WHERE outcome IS NULL`,
  'a delivery without its challenge': `SELECT d.id FROM delivery d LEFT JOIN challenge c ON c.id = d.challenge_id
     WHERE c.id IS NULL`,
  'a challenge without its delivery': `SELECT c.id FROM challenge c LEFT JOIN delivery d ON d.id = c.delivery_id
     WHERE d.id IS NULL`,
};

/** Waits until nothing is left to deliver, and holds what the provider and the customers saw against the database. */
export async function reckon(world: ChaosWorld, customers: ChaosCustomers): Promise<Reckoning> {
  return await withClient(world.acs.database.superuserUrl, async (client) => {
    await eventually(
      async () =>
        (await client.query('SELECT FROM delivery WHERE due_at IS NOT NULL LIMIT 1')).rowCount === 0,
      { timeoutMs: 90_000, everyMs: 200 },
    );
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
      if (state === 'COMPLETED' && challenge?.state !== 'COMPLETED') {
        violations.push(`acknowledged as COMPLETED, stored as ${challenge?.state}`);
      }
    }
    const hands = world.provider.byDelivery();
    for (const { id, status, unknowns } of deliveries) {
      const sends = hands.get(id) ?? [];
      if (['PENDING', 'SENDING'].includes(status)) violations.push(`never ended: ${id}`);
      if (status === 'SENT' && sends.length === 0)
        violations.push(`recorded as sent, and never taken: ${id}`);
      if (sends.length > 1 + unknowns)
        violations.push(`${sends.length} sends with ${unknowns} unknown outcomes: ${id}`);
      if (new Set(sends.map(({ content }) => content)).size > 1) violations.push(`different sends of ${id}`);
    }
    return {
      committed: deliveries.length,
      sent: hands.size,
      duplicates: [...hands.values()].reduce((sum, sends) => sum + sends.length - 1, 0),
      ends: tally(deliveries.map(({ status }) => status)),
      crashes: tally(world.crashes.map(({ victim }) => victim)),
      recoveryMs: recovery(world, deliveries),
      violations,
    };
  });
}

function recovery(world: ChaosWorld, deliveries: readonly DeliveryRow[]): Reckoning['recoveryMs'] {
  const hands = world.provider.byDelivery();
  const waits = deliveries
    .flatMap(({ id, created_at }) => {
      const first = hands.get(id)?.[0];
      if (!first) return [];
      const crashes = world.crashes.filter(({ at }) => at < first.at).map(({ at }) => at);
      return [first.at - Math.max(created_at.getTime(), ...crashes)];
    })
    .sort((a, b) => a - b);
  const at = (share: number): number =>
    waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
