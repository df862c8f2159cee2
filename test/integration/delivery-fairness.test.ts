import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Claim } from '../../src/delivery/application/delivery-store.js';
import { prioritiesOf } from '../../src/delivery/domain/priority.js';
import { SqlRouting } from '../../src/delivery/persistence/sql-routing.js';
import { accept, type Behaviour, Holding, RecordingProvider } from '../support/recording-provider.js';
import { createDeliveryDatabase, type DeliveryDatabase } from './delivery-database.js';
import { DeliveryRig, eventually } from './delivery-rig.js';

const CODE = 0;
const LINK = 1;
const LEASE_MS = 60_000;

let database: DeliveryDatabase;

interface Due {
  readonly tenant: string;
  readonly count?: number;
  readonly priority?: number;
  /** Negative for what is due already. */
  readonly dueInSeconds?: number;
}

/** Due rows as the outbox writes them, many at once. */
const due = async ({ tenant, count = 1, priority = CODE, dueInSeconds = -1 }: Due): Promise<void> => {
  await database.query(
    `INSERT INTO delivery (tenant_id, id, challenge_id, policy_id, policy_version, channel, due_at, useful_until, priority)
     SELECT replace($1, '#', n::text),
       (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
         || right(md5(random()::text || n), 3) || '8' || right(md5($1 || n || random()), 15))::uuid,
       gen_random_uuid(), gen_random_uuid(), 1, 'EMAIL',
       clock_timestamp() + $4 * interval '1 second', clock_timestamp() + interval '1 hour', $3
     FROM generate_series(1, $2::integer) n`,
    [tenant, count, priority, dueInSeconds],
  );
};

/** Pages that a claim of 100 reads. */
const cost = async (): Promise<number> => {
  const rows = await database.query<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
     SELECT * FROM claim_deliveries_in_turn(100, 60, '{0,1}', '{"",""}')`,
  );
  const { Plan: plan } = rows[0]!['QUERY PLAN'][0]!;
  return plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!;
};

/** The same without what planning reads, once for each time that the tables were analysed. */
const settledCost = async (): Promise<number> => {
  await cost();
  return await cost();
};

const countOf = (claims: readonly Claim[], tenant: string): number =>
  claims.filter((claim) => claim.tenant === tenant).length;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createDeliveryDatabase();
});

afterAll(async () => {
  await database.drop();
});

afterEach(async () => {
  await database.query('DELETE FROM delivery');
});

describe('A claim', () => {
  it("takes another tenant's one code at once, whatever waits before it, at a cost that does not grow", async () => {
    const routing = new SqlRouting(database.worker);
    await due({ tenant: 'a', count: 1_000 });
    const small = await settledCost();
    await due({ tenant: 'a', count: 100_000 });
    await routing.claim(100, LEASE_MS);
    await due({ tenant: 'b' });
    const claims = await routing.claim(100, LEASE_MS);
    expect({ a: countOf(claims, 'a'), b: countOf(claims, 'b') }).toEqual({ a: 99, b: 1 });
    const large = await settledCost();
    process.stdout.write(`pages read by a claim of 100: ${small} of 1,000 due, ${large} of 100,000 due\n`);
    // Taller indexes, not longer walks.
    expect(large).toBeLessThan(small * 3);
  }, 120_000);

  it.each([false, true])(
    'reads nothing of what is done; the table was analysed: %s',
    async (isAnalysed) => {
      await due({ tenant: 'a', count: 1_000 });
      await cost();
      const few = await cost();
      await database.query('DELETE FROM delivery');
      for (const tenant of ['a', 'b', 'c']) await due({ tenant, count: 10_000 });
      // What becomes of a row leaves its index larger than what is left in it.
      for (const change of ["due_at + interval '1 second'", "due_at + interval '1 second'", 'NULL'])
        await database.query(`UPDATE delivery SET due_at = ${change}`);
      await due({ tenant: 'c', count: 1_000 });
      if (isAnalysed) await database.query('ANALYZE delivery');
      // The first claim plans anew, which reads the catalogue, and tells the index what is dead.
      await database.query('DISCARD PLANS');
      expect(await settledCost()).toBeLessThan(few * 3);
    },
    120_000,
  );

  it('gives tenants equal shares, and what one does not need to the others', async () => {
    const routing = new SqlRouting(database.worker);
    for (const [tenant, count] of Object.entries({ a: 500, b: 500, c: 3, d: 500 }))
      await due({ tenant, count });
    const claims = await routing.claim(100, LEASE_MS);
    expect(claims).toHaveLength(100);
    expect(countOf(claims, 'c')).toBe(3);
    for (const tenant of ['a', 'b', 'd']) {
      expect(countOf(claims, tenant)).toBeGreaterThanOrEqual(31);
      expect(countOf(claims, tenant)).toBeLessThanOrEqual(34);
    }
    expect(new Set(claims.slice(0, 4).map(({ tenant }) => tenant)).size).toBe(4);
  });

  it('comes round to every tenant, however few it asks for and however many there are', async () => {
    const routing = new SqlRouting(database.worker);
    await due({ tenant: 'flood', count: 2_000 });
    await due({ tenant: 't#', count: 300 });
    const served = new Map<string, number>();
    for (let round = 0; round < 101; round += 1)
      for (const { tenant } of await routing.claim(3, LEASE_MS))
        served.set(tenant, (served.get(tenant) ?? 0) + 1);
    expect(served.size).toBe(301);
    expect(served.get('flood')).toBeLessThanOrEqual(3);
  });

  it('is not held up by tenants of which nothing is due yet', async () => {
    const routing = new SqlRouting(database.worker);
    await due({ tenant: 'a#', count: 1_000, dueInSeconds: 600 });
    await due({ tenant: 'b' });
    const rounds: number[] = [];
    while (!rounds.includes(1) && rounds.length < 6) rounds.push((await routing.claim(10, LEASE_MS)).length);
    expect(rounds).toContain(1);
  });

  it('takes codes before links, and links first every fourth time', async () => {
    const routing = new SqlRouting(database.worker);
    await due({ tenant: 'a', count: 40, priority: LINK, dueInSeconds: -60 });
    await due({ tenant: 'b', count: 40, priority: CODE });
    const rounds: string[] = [];
    for (let round = 0; round < 8; round += 1)
      rounds.push((await routing.claim(1, LEASE_MS)).map(({ tenant }) => tenant).join());
    expect(rounds).toEqual(['b', 'b', 'b', 'a', 'b', 'b', 'b', 'a']);
    expect([0, 1, 2, 3].map((look) => prioritiesOf(look)[0])).toEqual([CODE, CODE, CODE, LINK]);
  });

  it('takes the oldest of a tenant first', async () => {
    const routing = new SqlRouting(database.worker);
    for (const dueInSeconds of [-1, -30, -10]) await due({ tenant: 'a', dueInSeconds });
    const [claim] = await routing.claim(1, LEASE_MS);
    const [oldest] = await database.query<{ id: string }>('SELECT id FROM delivery ORDER BY created_at');
    const rows = await database.query<{ id: string }>('SELECT id FROM delivery WHERE fence = 1');
    expect(rows).toEqual([{ id: claim!.id }]);
    expect(claim!.id).not.toBe(oldest!.id);
  });

  it('is never given twice, however many relays ask at once', async () => {
    await due({ tenant: 't#', count: 20 });
    await due({ tenant: 'a', count: 400 });
    const relays = Array.from({ length: 6 }, () => new SqlRouting(database.worker));
    const claims: Claim[] = [];
    for (let round = 0; round < 12; round += 1)
      claims.push(...(await Promise.all(relays.map((relay) => relay.claim(10, LEASE_MS)))).flat());
    expect(new Set(claims.map(({ id }) => id)).size).toBe(claims.length);
    expect(claims).toHaveLength(420);
  });

  it('leaves behind a backlog whose age is told, by kind', async () => {
    const routing = new SqlRouting(database.worker);
    expect(await routing.oldestDueSeconds()).toEqual({ codes: 0, links: 0 });
    await due({ tenant: 'a', dueInSeconds: -40 });
    await due({ tenant: 'b', dueInSeconds: -90 });
    await due({ tenant: 'b', priority: LINK, dueInSeconds: 60 });
    const { codes, links } = await routing.oldestDueSeconds();
    expect(Math.floor(codes / 10)).toBe(9);
    expect(links).toBe(0);
    await routing.claim(10, LEASE_MS);
    expect(await routing.oldestDueSeconds()).toEqual({ codes: 0, links: 0 });
  });

  it('finds what lies in a partition that was attached later', async () => {
    await database.query(`SELECT ensure_partitions(40)`);
    const [missing] = await database.query<{ count: string }>(
      `SELECT count(*) FROM pg_inherits i WHERE inhparent = 'delivery'::regclass AND NOT EXISTS (
         SELECT FROM pg_index x JOIN pg_inherits xi ON xi.inhrelid = x.indexrelid
         WHERE x.indrelid = i.inhrelid AND x.indisvalid AND xi.inhparent = 'delivery_due_by_tenant'::regclass)`,
    );
    expect(missing).toEqual({ count: '0' });
    const [parent] = await database.query(
      `SELECT indisvalid FROM pg_index WHERE indexrelid = 'delivery_due_by_tenant'::regclass`,
    );
    expect(parent).toEqual({ indisvalid: true });
  });
});

describe('A worker whose room one tenant fills', () => {
  const holding = new Holding();
  let rig: DeliveryRig;

  afterEach(async () => {
    await holding.letAllGoUntil(rig.stopAll());
  });

  it("sends another tenant's code in the next place that is free", async () => {
    rig = new DeliveryRig(database);
    const hold: Behaviour = (message, signal) =>
      (message.tenant === 'acme' ? holding.behaviour : accept)(message, signal);
    const provider = new RecordingProvider([hold]);
    await Promise.all(Array.from({ length: 30 }, () => rig.add()));
    const limits = {
      maxAttempts: 4,
      mostAttempts: 8,
      leaseMs: 30_000,
      placeMs: 100,
      sendMs: 20_000,
      backOffBaseMs: 50,
      backOffCapMs: 200,
      holdMs: 100,
    };
    const { work } = await rig.start({
      mode: { kind: 'direct' },
      providers: [provider],
      concurrency: 4,
      limits,
    });
    await eventually(() => Promise.resolve(holding.count === 4 ? true : undefined));
    // Sends that take long: none is begun ahead of them.
    await delay(limits.placeMs);
    const code = await rig.add({}, 120_000, 'globex');
    holding.letGo(2);
    await eventually(async () => ((await rig.row(code)).fence > 0 ? true : undefined));
    // The claim is on record before the worker has it.
    await eventually(() =>
      Promise.resolve(work.waits === 4 || provider.times(code) === 1 ? true : undefined),
    );
    // Claimed behind others of the first tenant, it still gets the next place.
    holding.letGo(1);
    await eventually(() => Promise.resolve(provider.times(code) === 1 ? true : undefined), 5_000);
  });
});
