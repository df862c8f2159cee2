import { Injectable } from '@nestjs/common';
import { type Transaction, Transactor } from '../../shared/transactor.js';
import { Pulse } from './pulse.js';

const MOST = 50;
/** After a transaction that several shared the next waits for so many, and so long at most: most of its cost is shared. */
const COMPANY = { enough: 20, longestMs: 10 } as const;

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

/** What waits for a tenant's next transaction. */
interface Line {
  pieces: Piece[];
  /** Ends the wait for company. */
  enough: Pulse;
}

/**
 * Transactions that several deliveries of a tenant share: what comes while one is under way goes together in the next,
 * so that a busy worker begins, asks, commits and waits for the disk once for all of them; one that comes alone waits
 * for nobody. Where one fails, each is done again by itself, so that none suffers for another.
 */
@Injectable()
export class SharedTransactions {
  /** Of each tenant that has a transaction under way. */
  private readonly lines = new Map<string, Line>();

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
      const line = this.lines.get(tenant) ?? this.startLine(tenant);
      line.pieces.push(piece);
      if (line.pieces.length >= COMPANY.enough) line.enough.beat();
    });
  }

  private startLine(tenant: string): Line {
    const line = { pieces: [], enough: new Pulse() };
    this.lines.set(tenant, line);
    // Not before the caller has handed in whatever it has at once.
    setImmediate(() => void this.drain(tenant, line));
    return line;
  }

  private async drain(tenant: string, line: Line): Promise<void> {
    while (line.pieces.length > 0) {
      const { together, later } = divide(line.pieces);
      line.pieces = later;
      await this.perform(tenant, together);
      if (together.length > 1 && line.pieces.length < COMPANY.enough) {
        line.enough = new Pulse();
        await line.enough.sleep(COMPANY.longestMs);
      }
    }
    this.lines.delete(tenant);
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
