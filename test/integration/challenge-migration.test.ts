import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { migrationDataSource } from '../../src/database/data-source.js';
import { AttemptsInFlight1760000100000 } from '../../src/database/migrations/1760000100000-attempts-in-flight.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const PARTITIONS = `SELECT inhrelid AS id FROM pg_inherits WHERE inhparent = 'challenge'::regclass`;

describe('the migration to attempts in flight', () => {
  let database: TestDatabase;
  let owner: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    owner = await migrationDataSource(database.ownerUrl).initialize();
  });

  afterAll(async () => {
    await owner.destroy();
    await database.drop();
  });

  const migrate = async (direction: 'up' | 'down'): Promise<void> => {
    const runner = owner.createQueryRunner();
    await new AttemptsInFlight1760000100000()[direction](runner);
    await runner.release();
  };

  async function expectIndexed(): Promise<void> {
    const [{ partitions, usable }] = await owner.query<[{ partitions: number; usable: number }]>(
      `SELECT count(*)::int AS partitions, count(i.indexrelid) FILTER (WHERE i.indisvalid)::int AS usable
       FROM (${PARTITIONS}) p LEFT JOIN (
         pg_index i JOIN pg_inherits attached
           ON attached.inhrelid = i.indexrelid AND attached.inhparent = 'challenge_exhausted'::regclass
       ) ON i.indrelid = p.id`,
    );
    expect(partitions).toBeGreaterThan(15);
    expect(usable).toBe(partitions);
  }

  it('indexes every partition, and those that are made later', async () => {
    await expectIndexed();
    await owner.query(`SELECT create_partition('challenge', '2040-01-01Z', '2040-01-02Z')`);
    await expectIndexed();
  });

  it('can be undone, done again, and taken up where it was interrupted', async () => {
    await migrate('down');
    const left = await owner.query<unknown[]>(
      `SELECT column_name FROM information_schema.columns WHERE column_name IN ('exhausted_at', 'undecided_since')`,
    );
    expect(left).toEqual([]);
    expect(await owner.query('SELECT * FROM overdue_challenges(1)')).toEqual([]);

    await owner.query('ALTER TABLE challenge ADD COLUMN exhausted_at timestamptz');
    await owner.query(
      "CREATE INDEX challenge_exhausted ON ONLY challenge (exhausted_at) WHERE state = 'ISSUED' AND exhausted_at IS NOT NULL",
    );
    await owner.query('CREATE INDEX challenge_default_exhausted ON challenge_default (id)');
    await migrate('up');
    await expectIndexed();
    await migrate('up');
    await expectIndexed();
    expect(await owner.query('SELECT * FROM overdue_challenges(1)')).toEqual([]);
  });
});
