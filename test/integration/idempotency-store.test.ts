import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { serialize } from 'node:v8';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IdempotentRequest } from '../../src/challenge/application/idempotency-store.js';
import { SqlIdempotencyStore } from '../../src/challenge/persistence/sql-idempotency-store.js';
import { processDataSource } from '../../src/database/data-source.js';
import type { ProcessDataSource } from '../../src/database/process-data-source.js';
import { PgTransactor } from '../../src/database/pg-transactor.js';
import { KeyRing } from '../../src/keys/key-ring.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const OLD = { id: 'old', bytes: randomBytes(32) };
const NEW = { id: 'new', bytes: randomBytes(32) };
const OUTCOME = { ok: true, value: { id: 'a' } };

describe('what is kept of a request with an idempotency key', () => {
  let database: TestDatabase;
  let dataSource: ProcessDataSource;
  let transactor: PgTransactor;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await processDataSource({
      url: database.apiUrl,
      poolSize: 1,
      applicationName: 'acs-test',
      entities: [],
    }).initialize();
    transactor = new PgTransactor(dataSource);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  function request(key: string, recipient = 'ada@example.com'): IdempotentRequest {
    return { key, digest: createHash('sha256').update(`["POST","/v1/challenges","${recipient}"]`).digest() };
  }

  function claim(ring: KeyRing, of: IdempotentRequest): Promise<{ readonly outcome: unknown } | undefined> {
    return transactor.inTenant('acme', (tx) => new SqlIdempotencyStore(ring).claim(tx, of));
  }

  async function write(
    ring: KeyRing,
    of: IdempotentRequest,
    how: 'hold' | 'record',
    tenant = 'acme',
    holder: string = randomUUID(),
  ): Promise<Buffer> {
    const store = new SqlIdempotencyStore(ring);
    return transactor.inTenant(tenant, async (tx) => {
      if (how === 'hold') store.hold(tx, of, holder);
      else store.record(tx, of, OUTCOME);
      const [row] = await tx.rows<{ digest: Buffer }>({
        text: 'SELECT request_digest AS digest FROM idempotency_key WHERE tenant_id = $1 AND key = $2',
        values: [tenant, of.key],
      });
      return row!.digest;
    });
  }

  it('is no hash that can be made without a key, and another for each tenant and each key', async () => {
    const ring = new KeyRing([OLD]);
    const stored = [
      await write(ring, request('a'), 'record'),
      await write(ring, request('b'), 'hold'),
      await write(ring, request('a'), 'record', 'globex'),
    ];
    expect(new Set(stored.map((digest) => digest.toString('hex'))).size).toBe(3);
    expect(stored.some((digest) => digest.equals(request('a').digest))).toBe(false);
  });

  it('is known under every key of the ring, while the request runs and afterwards', async () => {
    await write(new KeyRing([OLD]), request('c'), 'hold');
    const promoted = new KeyRing([NEW, OLD]);
    await expect(claim(promoted, request('c'))).rejects.toMatchObject({ code: 'idempotency-in-progress' });
    await expect(claim(promoted, request('c', 'bob@example.com'))).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
    await write(new KeyRing([OLD]), request('c'), 'record');
    expect(await claim(promoted, request('c'))).toEqual({ outcome: OUTCOME });
    await expect(claim(promoted, request('c', 'bob@example.com'))).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
  });

  it('is freed by whoever holds it, and by nobody whose hold is over', async () => {
    const ring = new KeyRing([OLD]);
    const [first, second] = [randomUUID(), randomUUID()];
    const free = (holder: string): Promise<void> =>
      transactor.inTenant('acme', (tx) => {
        new SqlIdempotencyStore(ring).free(tx, request('e'), holder);
        return Promise.resolve();
      });
    // The first one's commit failed; a repeat took the key before the first came to free it.
    await write(ring, request('e'), 'hold', 'acme', second);
    await free(first);
    await expect(claim(ring, request('e'))).rejects.toMatchObject({ code: 'idempotency-in-progress' });
    await free(second);
    expect(await claim(ring, request('e'))).toBeUndefined();
    await write(ring, request('e'), 'hold', 'acme', second);
    await write(ring, request('e'), 'record');
    await free(second);
    expect(await claim(ring, request('e'))).toEqual({ outcome: OUTCOME });
  });

  it('is known as an earlier version kept it', async () => {
    const ring = new KeyRing([OLD]);
    await transactor.inTenant('acme', (tx) =>
      tx.rows({
        text: `INSERT INTO idempotency_key (tenant_id, key, request_digest, outcome_sealed, expires_at)
          VALUES ('acme', 'd', $1, $2, clock_timestamp() + interval '1 hour')`,
        values: [request('d').digest, ring.seal('acme', 'idempotency:d', serialize(OUTCOME))],
      }),
    );
    expect(await claim(ring, request('d'))).toEqual({ outcome: OUTCOME });
    await expect(claim(ring, request('d', 'bob@example.com'))).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
  });
});
