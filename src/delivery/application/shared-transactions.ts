import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type Transaction, Transactor } from '../../shared/transactor.js';

const MOST = 50;
/** After a transaction that several shared the next waits so long for company, in milliseconds: most of its cost is shared. */
const GATHER_MS = 10;

/** What is done of several deliveries at once; resolves with a result for each, in order. */
export type SharedWork<Item, Result> = (
  tx: Transaction,
  items: readonly Item[],
) => Promise<readonly Result[]>;

/** One delivery of those that wait for a transaction, and what is to be done of it. */
interface Piece {
  readonly subject: string;
  readonly item: unknown;
  readonly work: SharedWork<unknown, unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Transactions that several deliveries of a tenant share: what comes while one is under way goes together in the next,
 * so that a busy worker begins, asks, commits and waits for the disk once for all of them; one that comes alone waits
 * for nobody. Where one fails, each is done again by itself, so that none suffers for another.
 */
@Injectable()
export class SharedTransactions {
  /** Of each tenant that has a transaction under way, what goes next. */
  private readonly waiting = new Map<string, Piece[]>();

  constructor(private readonly transactor: Transactor) {}

  /**
   * Does the work of an item; the same function is given all its items of a transaction at once, beside other functions
   * with theirs. It may be done twice. No transaction has two items of one subject: neither would see the other's doings.
   */
  inTenant<Item, Result>(
    tenant: string,
    subject: string,
    item: Item,
    work: SharedWork<Item, Result>,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const piece = { subject, item, work, resolve, reject } as Piece;
      const waiting = this.waiting.get(tenant);
      if (waiting) {
        waiting.push(piece);
        return;
      }
      this.waiting.set(tenant, [piece]);
      // Not before the caller has handed in whatever it has at once.
      setImmediate(() => void this.drain(tenant));
    });
  }

  private async drain(tenant: string): Promise<void> {
    for (let waiting = this.waiting.get(tenant); waiting?.length; waiting = this.waiting.get(tenant)) {
      const { together, later } = divide(waiting);
      this.waiting.set(tenant, later);
      await this.perform(tenant, together);
      if (together.length > 1 && later.length < MOST) await delay(GATHER_MS);
    }
    this.waiting.delete(tenant);
  }

  /** Never rejects; resolves without waiting for those that have to be done again. */
  private async perform(tenant: string, pieces: readonly Piece[]): Promise<void> {
    try {
      const results = await this.transactor.inTenant(tenant, (tx) => doTogether(tx, pieces));
      for (const piece of pieces) piece.resolve(results.get(piece));
    } catch (error) {
      if (pieces.length > 1) for (const piece of pieces) void this.perform(tenant, [piece]);
      else pieces[0]?.reject(error);
    }
  }
}

/** The first of each subject, so many at most; in an order, so that transactions hardly ever wait for each other's rows. */
function divide(waiting: readonly Piece[]): { readonly together: Piece[]; readonly later: Piece[] } {
  const together = new Map<string, Piece>();
  const later: Piece[] = [];
  for (const piece of waiting) {
    if (together.size === MOST || together.has(piece.subject)) later.push(piece);
    else together.set(piece.subject, piece);
  }
  const ordered = [...together.values()].sort((one, other) => (one.subject < other.subject ? -1 : 1));
  return { together: ordered, later };
}

/** What each piece came to. Waits for all works even if one fails: nothing is sent once the transaction is over. */
async function doTogether(tx: Transaction, pieces: readonly Piece[]): Promise<ReadonlyMap<Piece, unknown>> {
  const works = new Set(pieces.map(({ work }) => work));
  const done = [...works].map(async (work) => {
    const some = pieces.filter((piece) => piece.work === work);
    const results = await work(
      tx,
      some.map(({ item }) => item),
    );
    return some.map((piece, place) => [piece, results[place]] as const);
  });
  await Promise.allSettled(done);
  return new Map((await Promise.all(done)).flat());
}
