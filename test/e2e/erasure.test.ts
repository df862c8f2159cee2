import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import type { ChallengeView } from '../support/api-client.js';
import { acs, type CliOptions, type CliRun } from '../support/cli.js';
import { emailCodePolicy, smsCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, someone, wrongFor } from '../support/core-proof.js';
import { eventually } from '../support/eventually.js';

const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const OLD = key('old');
const NEW = key('new');
const RING = `${NEW},${OLD}`;

interface Trail {
  readonly event: string;
  readonly issuer: string;
  readonly client: string;
  readonly object_id: string | null;
  readonly detail: Readonly<Record<string, number>>;
}

describe('an erasure while the service runs', () => {
  let proof: CoreProof;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    proof = await CoreProof.start(
      { apiEnv: { SECRET_KEYS: OLD }, workerEnv: { SECRET_KEYS: RING } },
      emailCodePolicy('code', {
        limits: [{ per: 'RECIPIENT', max: 30, windowSeconds: 600 }],
        active: { maxPerRecipient: 5 },
        resend: { cooldownSeconds: 15 },
      }),
      smsCodePolicy('text'),
      tokenPolicy('token', { limits: [{ per: 'POLICY', max: 1_000, windowSeconds: 600 }] }),
    );
    await proof.acs.addApi({ SECRET_KEYS: RING });
    env = { MIGRATION_DATABASE_URL: proof.acs.database.ownerUrl, SECRET_KEYS: RING };
    const globex = proof.acs.api('globex');
    await globex.createChallenge({ policyAlias: 'password-reset', recipient: someone() });
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  function run(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
    return acs(args, { env, ...options });
  }

  async function tenantTables(): Promise<string[]> {
    const rows = await proof.database.rows<{ name: string }>(`
      SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND NOT relispartition AND relname <> 'migration' ORDER BY 1`);
    return rows.map(({ name }) => name);
  }

  /** How many rows of the tenant each table has; those without are left out. */
  async function rowsOf(tenant: string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const table of await tenantTables()) {
      const [row] = await proof.database.rows<{ n: number }>(
        `SELECT count(*)::int AS n FROM "${table}" WHERE tenant_id = $1`,
        tenant,
      );
      if (row!.n > 0) counts[table] = row!.n;
    }
    return counts;
  }

  async function trail(tenant: string, event: string): Promise<Trail[]> {
    return await proof.database.rows<Trail>(
      'SELECT event, issuer, client, object_id, detail FROM audit WHERE tenant_id = $1 AND starts_with(event, $2) ORDER BY id',
      tenant,
      event,
    );
  }

  async function challenges(...ids: readonly string[]): Promise<(string | undefined)[]> {
    const found = await Promise.all(
      ids.map((id) => proof.api().request<ChallengeView>('GET', `/v1/challenges/${id}`)),
    );
    return found.map(({ body }) => (body.state as string | undefined) ?? String(body['code']));
  }

  describe('of a recipient', () => {
    it('removes what every key of the ring finds, however the address is typed, and nothing of others', async () => {
      const name = `Ada.${randomBytes(3).toString('hex')}`;
      const recipient = `${name}@bücher.example`;
      const [old, fresh, other] = [
        await proof.issue('code', { recipient }),
        (await proof.api(1).createChallenge({ policyAlias: 'code', recipient })).body,
        await proof.issue('code'),
      ];
      await proof.code(fresh.id);
      await proof.api().answer(old.id, old.answer);
      await proof.api().complete(old.id);
      const { code, out } = await run(['recipient', 'erase', '--tenant', 'acme', '--by', 'Ada, 4711'], {
        input: ` ${name.toUpperCase()}@xn--bcher-kva.EXAMPLE`,
      });
      expect(code).toBe(0);
      expect(out).toEqual([
        expect.stringMatching(
          /^erased: challenges 2 \(open 1\), deliveries 2, attempts 2, counters [1-9]\d*$/,
        ),
      ]);
      expect(await challenges(old.id, fresh.id, other.id)).toEqual([
        'challenge-not-found',
        'challenge-not-found',
        'ISSUED',
      ]);
      const left = await proof.database.rows('SELECT FROM delivery WHERE challenge_id = ANY($1::uuid[])', [
        old.id,
        fresh.id,
      ]);
      expect(left).toEqual([]);
      const [row, ...more] = await trail('acme', 'recipient.erased');
      expect(more).toEqual([]);
      expect(row).toMatchObject({ issuer: 'acs-cli', client: 'Ada, 4711', object_id: null });
      expect(row!.detail).toMatchObject({ cancelled: 1, challenges: 2, deliveries: 2, attempts: 2 });
      expect(JSON.stringify(row).toLowerCase()).not.toMatch(/ada\.|bücher|xn--/);
      expect((await proof.database.audit(fresh.id)).at(-1)).toEqual({
        event: 'challenge.cancelled',
        reason: 'REQUESTED',
      });
    });

    it('removes the deliveries of every resend', async () => {
      const { id, view } = await proof.issue('code', { recipient: 'resent@example.com' });
      await proof.database.endCooldown(id);
      expect((await proof.api(1).resend(id)).status).toBe(202);
      await proof.code(id, 2);
      expect(view.delivery).not.toBeNull();
      const { out } = await run(['recipient', 'erase', '--tenant', 'acme'], { input: 'resent@example.com' });
      expect(out[0]).toContain('challenges 1 (open 1), deliveries 2');
    });

    it('removes a delivery that a host with a clock hours off has made', async () => {
      const { id } = await proof.issue('code', { recipient: 'skewed@example.com' });
      await proof.database.rows(
        `WITH moved AS (
           UPDATE delivery SET id = (encode(substr(uuid_send(uuid_floor(now() + interval '20 hours')), 1, 6), 'hex')
             || substr(replace(id::text, '-', ''), 13))::uuid
           WHERE challenge_id = $1 RETURNING id)
         SELECT id FROM moved`,
        id,
      );
      const { out } = await run(['recipient', 'erase', '--tenant', 'acme'], { input: 'skewed@example.com' });
      expect(out[0]).toContain('deliveries 1,');
      expect(await proof.database.rows('SELECT FROM delivery WHERE challenge_id = $1', id)).toEqual([]);
    });

    it('sends nothing afterwards, of what was waiting', async () => {
      await Promise.all(proof.acs.workers.map(({ child }) => child.kill()));
      proof.acs.workers.length = 0;
      const recipient = someone();
      const { body } = await proof.api().createChallenge({ policyAlias: 'code', recipient });
      await run(['recipient', 'erase', '--tenant', 'acme'], { input: recipient });
      await proof.acs.addWorker({ SECRET_KEYS: RING });
      const later = await proof.issue('code');
      expect(later.answer).toBeTruthy();
      expect(proof.messages(body.id)).toEqual([]);
    });

    it('keeps the failures of the recipient counted', async () => {
      const recipient = someone();
      const { id, answer } = await proof.issue('code', { recipient });
      for (let count = 0; count < 5; count += 1) await proof.api().answer(id, wrongFor(answer));
      const { notes } = await run(['recipient', 'erase', '--tenant', 'acme'], { input: recipient });
      expect(notes.join()).toMatch(/Failed answers stay counted, as a keyed hash, until \d{4}-/);
      const next = await proof.issue('code', { recipient });
      expect((await proof.api().answer(next.id, next.answer)).body.code).toBe('rate-limited');
    });

    it('gives back what may be sent to the recipient, since those counters are gone', async () => {
      const recipient = someone();
      for (let count = 0; count < 10; count += 1)
        await proof.api(count % 2).createChallenge({ policyAlias: 'code', recipient });
      const refused = await proof.api(1).createChallenge({ policyAlias: 'code', recipient });
      expect(refused.body.code).toBe('rate-limited');
      await run(['recipient', 'erase', '--tenant', 'acme'], { input: recipient });
      expect((await proof.api(1).createChallenge({ policyAlias: 'code', recipient })).status).toBe(201);
    });

    it('refuses what is no address, and takes none from its arguments', async () => {
      const erase = ['recipient', 'erase', '--tenant', 'acme'];
      for (const input of ['somebody', '0612345678', '']) expect((await run(erase, { input })).code).toBe(2);
      expect((await run([...erase, 'ada@example.com'])).code).toBe(2);
      expect((await run([...erase, '--recipient', 'ada@example.com'])).code).toBe(2);
    });

    it('takes the address from standard input as a process', async () => {
      const recipient = someone();
      const { id } = await proof.issue('code', { recipient });
      const child = started(['recipient', 'erase', '--tenant', 'acme']);
      child.stdin!.end(`${recipient}\n`);
      expect((await once(child, 'exit'))[0]).toBe(0);
      expect(await challenges(id)).toEqual(['challenge-not-found']);
    });
  });

  describe('of a tenant', () => {
    it('asks for its name, and erases nothing when that is not typed', async () => {
      const before = await rowsOf('acme');
      const { code, notes } = await run(['tenant', 'erase', 'acme'], { input: 'acm' });
      expect({ code, notes }).toEqual({
        code: 2,
        notes: ['error: That is not its name: nothing was erased.'],
      });
      expect(await rowsOf('acme')).toEqual(before);
    });

    it("has no use for the processes' own roles", async () => {
      for (const url of [proof.acs.database.apiUrl, proof.acs.database.workerUrl]) {
        const { code, notes } = await run(['tenant', 'erase', 'acme', '--yes'], {
          env: { MIGRATION_DATABASE_URL: url },
        });
        expect(code).toBe(1);
        expect(notes.join()).toContain('the role does not own the tables');
      }
    });

    it('refuses to run while rows of a table would escape it, and takes a new table in by itself', async () => {
      await proof.database.rows(`
        CREATE TABLE later (tenant_id text NOT NULL, id text NOT NULL, PRIMARY KEY (tenant_id, id));
        ALTER TABLE later OWNER TO ${proof.acs.database.name}_owner;
        ALTER TABLE later ENABLE ROW LEVEL SECURITY; ALTER TABLE later FORCE ROW LEVEL SECURITY;
        INSERT INTO later VALUES ('acme', 'a'), ('globex', 'a')`);
      const before = await rowsOf('acme');
      const { code, notes } = await run(['tenant', 'erase', 'acme', '--yes']);
      expect(code).toBe(1);
      expect(notes.join()).toContain('Of later not every row could be erased');
      expect(await rowsOf('acme')).toEqual(before);
      await proof.database.rows(`SET ROLE ${proof.acs.database.name}_owner; SELECT isolate_tenants('later')`);
    });

    it('removes every row of every table, goes on after a kill, and leaves one audit row', async () => {
      await proof.api().createChallenge({ policyAlias: 'token' }, { 'idempotency-key': 'once' });
      await proof.issue('text', { recipient: '+31612345678' }).catch(() => undefined);
      const config = (await proof.api().getConfiguration()).body;
      await proof.api().putConfiguration({ ...config, version: undefined });
      await eventually(async () => (await dueDeliveries()) === 0);
      const before = await rowsOf('acme');
      expect(Object.keys(before)).toEqual(await tenantTables());

      const child = started(['tenant', 'erase', 'acme', '--yes', '--batch', '1', '--by', 'Ada']);
      const lines = createInterface({ input: child.stderr! })[Symbol.asyncIterator]();
      const globex = proof.acs.api('globex');
      const meanwhile = Promise.all(
        Array.from({ length: 10 }, () =>
          globex.createChallenge({ policyAlias: 'password-reset', recipient: someone() }),
        ),
      );
      for (let count = 0; count < 5; count += 1) await lines.next();
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect((await meanwhile).map(({ status }) => status)).toEqual(Array(10).fill(201));
      await eventually(async () => (await dueDeliveries()) === 0);
      const [half, others] = [await rowsOf('acme'), await rowsOf('globex')];
      expect(half['delivery'] ?? 0).toBeLessThan(before['delivery']!);
      expect(half['policy']).toBe(before['policy']);

      const { code, out, notes } = await run(['tenant', 'erase', 'acme', '--by', 'Ada'], { input: 'acme' });
      expect({ code, last: out.at(-1)?.slice(0, 13) }).toEqual({ code: 0, last: 'erased acme: ' });
      expect(notes.length).toBeGreaterThan(5);
      expect(await rowsOf('acme')).toEqual({ audit: 1 });
      const [row] = await trail('acme', '');
      expect(row).toMatchObject({
        event: 'tenant.erased',
        issuer: 'acs-cli',
        client: 'Ada',
        object_id: null,
      });
      // What the run that was killed had removed is counted too.
      const { audit, limit_counter: counters, ...counts } = row!.detail;
      const { audit: auditBefore, limit_counter: countersBefore, ...countsBefore } = before;
      expect(counts).toEqual(countsBefore);
      // The worker may have removed some whose window was over.
      expect(counters).toBeLessThanOrEqual(countersBefore!);
      expect(audit).toBeGreaterThanOrEqual(auditBefore!);
      expect(await rowsOf('globex')).toEqual(others);
    });

    it('has nothing more to do the next time, and leaves its row as it is', async () => {
      const { code, notes } = await run(['tenant', 'erase', 'acme', '--yes']);
      expect(code).toBe(0);
      expect(notes.join()).toContain('There is nothing of the tenant "acme" to erase.');
      expect((await trail('acme', '')).map(({ event }) => event)).toEqual(['tenant.erased']);
      const unknown = await run(['tenant', 'erase', 'nobody', '--yes']);
      expect(unknown.notes.join()).toContain('There is nothing of the tenant "nobody" to erase.');
      expect(await rowsOf('nobody')).toEqual({});
    });

    it('keeps the record of every erasure of a tenant that came back', async () => {
      await proof.api().createPolicy(tokenPolicy('back'));
      const { code } = await run(['tenant', 'erase', 'acme', '--yes', '--by', 'Grace']);
      expect(code).toBe(0);
      expect(await rowsOf('acme')).toEqual({ audit: 2 });
      expect((await trail('acme', '')).map(({ event, client }) => [event, client])).toEqual([
        ['tenant.erased', 'Ada'],
        ['tenant.erased', 'Grace'],
      ]);
    });

    it('leaves the other tenant in working order', async () => {
      const recipient = someone();
      const globex = proof.acs.api('globex');
      const { body } = await globex.createChallenge({ policyAlias: 'password-reset', recipient });
      expect(body.state).toBe('ISSUED');
      await proof.acs.mailbox.waitForCode(recipient);
    });
  });

  async function dueDeliveries(): Promise<number> {
    const [row] = await proof.database.rows<{ n: number }>(
      'SELECT count(*)::int AS n FROM delivery WHERE due_at IS NOT NULL',
    );
    return row!.n;
  }

  function started(args: readonly string[]): ChildProcess {
    const entry = fileURLToPath(new URL('../../src/main.acs.js', import.meta.url));
    return spawn(process.execPath, [entry, ...args], {
      env: { ...systemEnvironment(), ...env },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  }
});
