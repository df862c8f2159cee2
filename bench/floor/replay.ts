import pg from 'pg';
import type { Given, Script, ScriptStatement, Trip } from '../record/script.js';
import { constantValue, freshValues, type Value } from './fresh.js';

interface Query {
  /** Its place among all statements of the request. */
  readonly place: number;
  readonly name?: string;
  readonly text: string;
  readonly bind: (request: Request) => unknown[];
}

/** What one replay has made and got so far. */
interface Request {
  readonly fresh: readonly Value[];
  /** The first row that each statement was answered with, by its place. */
  readonly rows: (Readonly<Record<string, unknown>> | undefined)[];
  readonly clients: Map<number, pg.PoolClient>;
}

interface ReadyTrip {
  readonly transaction: number;
  readonly queries: readonly Query[];
  readonly begins: boolean;
  readonly ends: boolean;
}

/** Runs a script on a pool: the same statements, sent together where the product sends them together. */
export class Replay {
  private readonly steps: readonly {
    readonly shared: Turn | undefined;
    readonly trips: readonly ReadyTrip[];
  }[];

  constructor(
    private readonly script: Script,
    private readonly pool: pg.Pool,
    private readonly sharedPool: pg.Pool,
  ) {
    let place = 0;
    const nextPlace = (): number => place++;
    this.steps = script.steps.map((step) => ({
      shared: step.shared ? new Turn() : undefined,
      trips: step.trips.map((trip) => readyTrip(trip, nextPlace)),
    }));
  }

  /** Resolves with the answer's body, its identifier the one that was made or given. */
  async run(given: Given): Promise<Readonly<Record<string, unknown>>> {
    const fresh = freshValues(this.script.fresh, given);
    const request: Request = { fresh, rows: [], clients: new Map() };
    try {
      for (const { shared, trips } of this.steps) {
        if (shared) await shared.join(() => this.alone(trips, fresh));
        else for (const trip of trips) await send(trip, this.pool, request);
      }
    } catch (error) {
      for (const client of request.clients.values()) client.release(true);
      throw error;
    }
    const { body, id } = this.script.answer;
    return id === null ? body : { ...body, id: fresh[id] };
  }

  private async alone(trips: readonly ReadyTrip[], fresh: readonly Value[]): Promise<void> {
    const request: Request = { fresh, rows: [], clients: new Map() };
    for (const trip of trips) await send(trip, this.sharedPool, request);
  }
}

/** One at a time: who comes meanwhile goes together with the next. */
class Turn {
  private waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  private running = false;

  async join(work: () => Promise<void>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      if (!this.running) void this.serve(work);
    });
  }

  private async serve(work: () => Promise<void>): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) {
      const together = this.waiting;
      this.waiting = [];
      await work().then(
        () => {
          together.forEach(({ resolve }) => {
            resolve();
          });
        },
        (error: unknown) => {
          together.forEach(({ reject }) => {
            reject(error);
          });
        },
      );
    }
    this.running = false;
  }
}

async function send(
  { transaction, queries, begins, ends }: ReadyTrip,
  pool: pg.Pool,
  request: Request,
): Promise<void> {
  const { clients, rows } = request;
  if (begins) clients.set(transaction, await pool.connect());
  const client = clients.get(transaction)!;
  await Promise.all(
    queries.map(async ({ place, name, text, bind }) => {
      const query = { ...(name === undefined ? {} : { name }), text, values: bind(request) };
      const result = await client.query<Record<string, unknown>>(query);
      rows[place] = result.rows[0];
    }),
  );
  if (!ends) return;
  clients.delete(transaction);
  client.release();
}

function readyTrip({ transaction, statements }: Trip, nextPlace: () => number): ReadyTrip {
  return {
    transaction,
    queries: statements.map((statement) => readyQuery(statement, nextPlace())),
    begins: statements[0]?.text === 'BEGIN',
    ends: statements.at(-1)?.text === 'COMMIT',
  };
}

function readyQuery({ name, text, parameters }: ScriptStatement, place: number): Query {
  const binds = parameters.map((parameter): ((request: Request) => unknown) => {
    if ('fresh' in parameter) return ({ fresh }) => fresh[parameter.fresh];
    if ('answeredTo' in parameter) return ({ rows }) => rows[parameter.answeredTo]?.[parameter.column];
    const value = constantValue(parameter.constant);
    return () => value;
  });
  return {
    place,
    ...(name === '' ? {} : { name }),
    text,
    bind: (request) => binds.map((bind) => bind(request)),
  };
}
