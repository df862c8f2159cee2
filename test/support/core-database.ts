import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { withClient } from '../../scripts/quickstart/database.js';

/** An audit row, as far as proofs look at it. */
export interface AuditRow {
  readonly event: string;
  readonly reason: string | null;
}

/** Where an answer waits when its attempt is counted, and the commit of that has not been answered. */
export const COUNTED = `DEFERRED AFTER UPDATE ON challenge DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.attempts_used > OLD.attempts_used)`;

/** The advisory lock that gates wait for. */
const GATE = 4_711;

/** The database as its superuser has it: what a proof sets up or looks at behind the service's back. */
export class CoreDatabase {
  constructor(private readonly url: string) {}

  async rows<Row extends object>(text: string, ...values: readonly unknown[]): Promise<Row[]> {
    return await withClient(this.url, async (client) => (await client.query<Row>(text, [...values])).rows);
  }

  /** The audit trail of a challenge, oldest first. */
  async audit(id: string): Promise<AuditRow[]> {
    return await this.rows('SELECT event, reason FROM audit WHERE object_id = $1 ORDER BY id', id);
  }

  /** How many audit rows of a challenge tell of the event. */
  async count(id: string, event: string): Promise<number> {
    return (await this.audit(id)).filter((row) => row.event === event).length;
  }

  async attemptsUsed(id: string): Promise<number> {
    const [row] = await this.rows<{ used: number }>(
      'SELECT attempts_used AS used FROM challenge WHERE id = $1',
      id,
    );
    return row!.used;
  }

  /** The stored state, which the sweeper may not have brought up to date. */
  async storedState(id: string): Promise<string> {
    const [row] = await this.rows<{ state: string }>('SELECT state FROM challenge WHERE id = $1', id);
    return row!.state;
  }

  /** Lets the time pass in which the last attempt of a challenge could still have been settled. */
  async endSettling(id: string): Promise<void> {
    await this.rows(
      `UPDATE challenge SET exhausted_at = exhausted_at - interval '20 seconds' WHERE id = $1`,
      id,
    );
  }

  /** Ends the cooldown of a challenge. */
  async endCooldown(id: string): Promise<void> {
    await this.rows('UPDATE challenge SET resend_available_at = clock_timestamp() WHERE id = $1', id);
  }

  /** Moves the challenge's deadline, to answer or to complete, to so many milliseconds from now. */
  async moveDeadline(id: string, inMs: number): Promise<void> {
    await this.rows(
      `UPDATE challenge SET
         expires_at = CASE state WHEN 'ISSUED' THEN clock_timestamp() + $2 * interval '1 ms' ELSE expires_at END,
         complete_before = CASE state WHEN 'VERIFIED' THEN clock_timestamp() + $2 * interval '1 ms' END
       WHERE id = $1`,
      id,
      inMs,
    );
  }

  /** Lets recipients answer again at once however often they failed; the count stays. */
  async endWaits(): Promise<void> {
    await this.rows('UPDATE limit_counter SET blocked_until = NULL WHERE blocked_until IS NOT NULL');
  }

  /** From now on no recipient has to wait, however often it failed. */
  async switchOffWaits(): Promise<void> {
    await this.installTrigger(
      'waits',
      'BEFORE INSERT OR UPDATE ON limit_counter FOR EACH ROW',
      'NEW.blocked_until := NULL',
    );
  }

  /** Makes what the trigger's clause names fail until the returned function is called. */
  async breakOn(clause: string): Promise<() => Promise<void>> {
    return await this.installTrigger('fault', clause, `RAISE EXCEPTION 'a fault of the proof'`);
  }

  /** Makes what the trigger's clause names take so long, until the returned function is called. */
  async stallOn(clause: string, seconds: number): Promise<() => Promise<void>> {
    return await this.installTrigger('stall', clause, `PERFORM pg_sleep(${seconds})`);
  }

  /** Makes what the trigger's clause names wait at a gate, closed until `open` is called. */
  async closeGate(clause: string): Promise<Gate> {
    const remove = await this.installTrigger('gate', clause, `PERFORM pg_advisory_xact_lock_shared(${GATE})`);
    const holder = await connected(this.url);
    await holder.query('SELECT pg_advisory_lock($1)', [GATE]);
    return new Gate(holder, remove);
  }

  /** Holds a challenge's row until `open` is called. */
  async holdRow(id: string): Promise<Gate> {
    const holder = await connected(this.url);
    await holder.query('BEGIN');
    await holder.query('SELECT FROM challenge WHERE id = $1 FOR UPDATE', [id]);
    return new Gate(holder, () => Promise.resolve());
  }

  /** Holds every counter until `open` is called. */
  async holdCounters(): Promise<Gate> {
    const holder = await connected(this.url);
    await holder.query('BEGIN');
    await holder.query('SELECT FROM limit_counter FOR UPDATE');
    return new Gate(holder, () => Promise.resolve());
  }

  private async installTrigger(name: string, clause: string, action: string): Promise<() => Promise<void>> {
    const table = / ON (\w+)/.exec(clause)![1]!;
    const [verb, rest] = clause.startsWith('DEFERRED ')
      ? ['CREATE CONSTRAINT TRIGGER', clause.slice('DEFERRED '.length)]
      : ['CREATE TRIGGER', clause];
    await this.alter(
      table,
      `CREATE OR REPLACE FUNCTION proof_${name}() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN ${action}; RETURN coalesce(NEW, OLD); END $$;
      ${verb} proof_${name} ${rest} EXECUTE FUNCTION proof_${name}()`,
    );
    return async () => {
      await this.alter(table, `DROP TRIGGER proof_${name} ON ${table}`);
    };
  }

  /** The table is locked first, as sessions of the service lock it: a change that reaches its partitions before it could deadlock with them. */
  async alter(table: string, change: string): Promise<void> {
    await this.rows(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE; ${change}; COMMIT`);
  }
}

/** Something that sessions of the service wait for. */
export class Gate {
  constructor(
    private readonly holder: pg.Client,
    private readonly remove: () => Promise<void>,
  ) {}

  /** Resolves with the process ids of at least so many sessions that wait. */
  async waiting(atLeast = 1): Promise<number[]> {
    const end = performance.now() + 5_000;
    for (;;) {
      const { rows } = await this.holder.query<{ pid: number }>(
        'SELECT pid FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))',
      );
      if (rows.length >= atLeast) return rows.map(({ pid }) => pid);
      if (performance.now() > end) throw new Error(`Only ${rows.length} of ${atLeast} sessions wait`);
      await delay(10);
    }
  }

  /** Resolves once the database's clock is past the deadline of the challenge. */
  async past(id: string): Promise<void> {
    for (;;) {
      const { rows } = await this.holder.query<{ over: boolean }>(
        'SELECT deadline_at < clock_timestamp() AS over FROM challenge WHERE id = $1',
        [id],
      );
      if (rows[0]!.over) return;
      await delay(10);
    }
  }

  /** Ends the session of the service with this process id. */
  async terminate(pid: number): Promise<void> {
    await this.holder.query('SELECT pg_terminate_backend($1)', [pid]);
  }

  async open(): Promise<void> {
    await this.holder.end();
    await this.remove();
  }
}

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}
