import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { emailCodePolicy } from '../support/core-policies.js';
import { CoreProof } from '../support/core-proof.js';

const STORED = 20_000;
/** Too few and too new for the planner to have looked at them. */
const FEW = 500;
const LIVES = 5;
const MINUTE = 60_000;

/**
 * Plans are kept for as long as a connection lives, and those of a day's first minutes were made for tables that were
 * empty, or of which nothing was known: they must not read what has come since.
 */
describe('With many challenges stored', () => {
  let proof: CoreProof;

  beforeEach(async () => {
    proof = await CoreProof.start(
      { workers: 1, apiEnv: { DATABASE_POOL_SIZE: '2' } },
      emailCodePolicy('code', { resend: { max: 3, cooldownSeconds: 15 } }),
    );
  }, MINUTE);

  afterEach(async () => {
    await proof.acs.stop();
  });

  /** Every operation at least once. */
  async function live(): Promise<void> {
    const api = proof.api();
    const { id, answer, wrong } = await proof.issue('code');
    expect((await api.getChallenge(id)).status).toBe(200);
    expect((await api.answer(id, wrong)).status).toBe(422);
    await proof.database.endCooldown(id);
    expect((await api.resend(id)).status).toBe(202);
    expect((await api.answer(id, answer)).status).toBe(200);
    expect((await api.complete(id)).status).toBe(200);
    const other = await proof.issue('code');
    expect((await api.cancel(other.id)).status).toBe(200);
  }

  /** Stores so many copies of an ended row, made at the same time as it, but for what is different. */
  async function copy(
    table: 'challenge' | 'delivery',
    count: number,
    different: Readonly<Record<string, string>>,
  ): Promise<void> {
    const columns = await proof.database.rows<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1 AND is_generated = 'NEVER'`,
      table,
    );
    const names = columns.map(({ name }) => name);
    const values: Readonly<Record<string, string>> = {
      id: 'overlay(gen_random_uuid()::text PLACING left(id::text, 15) FROM 1)::uuid',
      ...different,
    };
    await proof.database.rows(
      `INSERT INTO ${table} (${names.join(', ')})
       SELECT ${names.map((name) => values[name] ?? name).join(', ')}
       FROM (SELECT * FROM ${table} WHERE ended_at IS NOT NULL LIMIT 1) one, generate_series(1, ${count})`,
    );
  }

  /** Open challenges of other people. */
  async function store(count: number): Promise<void> {
    await copy('challenge', count, {
      recipient_index: 'sha256(uuid_send(gen_random_uuid()))',
      state: `'ISSUED'`,
      state_reason: 'NULL',
      expires_at: `clock_timestamp() + interval '10 minutes'`,
      ended_at: 'NULL',
    });
    await copy('delivery', count, {});
  }

  it.each([
    ['there were none', 0, false],
    ['there were some', FEW, false],
    ['there were many', STORED, false],
    ['there were many and PostgreSQL had looked at them', STORED, true],
  ])(
    'a request reads a handful of rows, by plans from when %s',
    async (_when, before, isAnalysed) => {
      await live();
      await store(before);
      if (isAnalysed) await proof.database.rows('ANALYZE');
      // Other processes, so that their plans are from now on.
      const first = [...proof.acs.apis.splice(0), ...proof.acs.workers.splice(0)];
      await proof.acs.addApi();
      await proof.acs.addWorker();
      await Promise.all(first.map(({ child }) => child.stop(27_000)));
      for (let life = 0; life < LIVES; life += 1) await live();
      await store(STORED);
      await proof.database.rows('SELECT pg_stat_reset()');
      for (let life = 0; life < LIVES; life += 1) await live();
      // What a process has read is told when its sessions end.
      await Promise.all([...proof.acs.apis, ...proof.acs.workers].map(({ child }) => child.stop(27_000)));
      const [read] = await proof.database.rows<{ rows: string }>(
        `SELECT sum(coalesce(idx_tup_fetch, 0) + seq_tup_read) AS rows FROM pg_stat_user_tables
         WHERE relname ~ '^(challenge|delivery|delivery_attempt)_'`,
      );
      expect(Number(read!.rows)).toBeGreaterThan(LIVES);
      expect(Number(read!.rows)).toBeLessThan(STORED / 4);
    },
    2 * MINUTE,
  );
});
