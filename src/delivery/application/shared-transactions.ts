import { Injectable } from '@nestjs/common';
import { type Transaction, Transactor } from '../../shared/transactor.js';

const MOST = 50;

/** A piece of work that waits for its transaction. */
interface Work {
  readonly subject: string;
  readonly run: (tx: Transaction) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Transactions that several deliveries of a tenant share: what comes while one is under way goes together in the next,
 * so that a busy worker begins, commits and waits for the disk once for all of them, and an idle one waits for nobody.
 * Where one fails, each is done again by itself, so that none suffers for another.
 */
@Injectable()
export class SharedTransactions {
  /** Of each tenant that has a transaction under way, what goes next. */
  private readonly waiting = new Map<string, Work[]>();

  constructor(private readonly transactor: Transactor) {}

  /**
   * As `Transactor.inTenant`, but the work may run twice. No transaction has two pieces of work on one subject: neither
   * would see what the other does.
   */
  inTenant<T>(tenant: string, subject: string, run: (tx: Transaction) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const work: Work = { subject, run, resolve: resolve as Work['resolve'], reject };
      const waiting = this.waiting.get(tenant);
      if (waiting) {
        waiting.push(work);
        return;
      }
      this.waiting.set(tenant, [work]);
      // Not before the caller has handed in whatever it has at once.
      setImmediate(() => void this.drain(tenant));
    });
  }

  private async drain(tenant: string): Promise<void> {
    for (let waiting = this.waiting.get(tenant); waiting?.length; waiting = this.waiting.get(tenant)) {
      const { together, later } = divide(waiting);
      this.waiting.set(tenant, later);
      await this.perform(tenant, together);
    }
    this.waiting.delete(tenant);
  }

  /** Never rejects; resolves without waiting for those that have to be done again. */
  private async perform(tenant: string, works: readonly Work[]): Promise<void> {
    try {
      const results = await this.transactor.inTenant(tenant, (tx) =>
        allDone(works.map(({ run }) => run(tx))),
      );
      works.forEach(({ resolve }, place) => {
        resolve(results[place]);
      });
    } catch (error) {
      if (works.length > 1) for (const work of works) void this.perform(tenant, [work]);
      else works[0]?.reject(error);
    }
  }
}

/** The first of each subject, so many at most; in an order in which two transactions cannot wait for each other's rows. */
function divide(waiting: readonly Work[]): { readonly together: Work[]; readonly later: Work[] } {
  const together = new Map<string, Work>();
  const later: Work[] = [];
  for (const work of waiting) {
    if (together.size === MOST || together.has(work.subject)) later.push(work);
    else together.set(work.subject, work);
  }
  const ordered = [...together.values()].sort((one, other) => (one.subject < other.subject ? -1 : 1));
  return { together: ordered, later };
}

/** As `Promise.all`, but waits for all even if one fails: nothing is sent once the transaction is over. */
async function allDone(works: readonly Promise<unknown>[]): Promise<unknown[]> {
  await Promise.allSettled(works);
  return await Promise.all(works);
}
