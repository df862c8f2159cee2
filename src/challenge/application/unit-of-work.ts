import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppError } from '../../shared/app-error.js';
import { type Transaction, Transactor } from '../../shared/transactor.js';
import type { Decision, Refusal } from '../domain/decision.js';
import type { Answered, CoreRequest } from './core-request.js';
import { type IdempotentRequest, IdempotencyStore } from './idempotency-store.js';

/**
 * Runs a Core API request: its effect, its audit row and its idempotency record in one transaction, and its
 * refusal, thrown once that is committed. What is thrown inside rolls everything back, and is not kept for
 * replays: a later try may succeed.
 */
@Injectable()
export class UnitOfWork {
  constructor(
    private readonly transactor: Transactor,
    private readonly idempotency: IdempotencyStore,
  ) {}

  run<T>(request: CoreRequest, work: (tx: Transaction) => Promise<Decision<T>>): Promise<Answered<T>> {
    return this.runOn(request, () => Promise.resolve(), work);
  }

  /** As `run`, on what is read in the round trip that asks whether the request was answered before: it locks nothing. */
  async runOn<R, T>(
    request: CoreRequest,
    read: (tx: Transaction) => Promise<R>,
    work: (tx: Transaction, known: R) => Promise<Decision<T>>,
  ): Promise<Answered<T>> {
    const { caller, idempotency } = request;
    const [decision, replayed] = await this.transactor.inTenant(caller.tenant, async (tx) => {
      const [earlier, known] = await Promise.all([
        idempotency && this.idempotency.claim(tx, idempotency),
        read(tx),
      ]);
      if (earlier) return [earlier.outcome as Decision<T>, true] as const;
      const fresh = await work(tx, known);
      if (idempotency && isFinal(fresh)) this.idempotency.record(tx, idempotency, fresh);
      return [fresh, false] as const;
    });
    return { value: valueOf(decision, replayed), replayed };
  }

  /** As `run`, in two transactions: the second starts when the first is committed, whatever becomes of it. */
  async runInTwo<A, T>(
    request: CoreRequest,
    first: (tx: Transaction) => Promise<Decision<A>>,
    second: (tx: Transaction, settled: A) => Promise<Decision<T>>,
  ): Promise<Answered<T>> {
    const { caller, idempotency } = request;
    const holder = randomUUID();
    let held = false;
    const free = async (failure: unknown): Promise<never> => {
      if (idempotency && held) await this.free(caller.tenant, idempotency, holder);
      throw failure;
    };
    const beginning = this.transactor.inTenant(caller.tenant, async (tx) => {
      held = false;
      const earlier = idempotency && (await this.idempotency.claim(tx, idempotency));
      if (earlier) return { earlier: earlier.outcome as Decision<T> };
      const decision = await first(tx);
      if (idempotency && decision.ok) {
        this.idempotency.hold(tx, idempotency, holder);
        held = true;
      }
      if (idempotency && !decision.ok && isFinal(decision))
        this.idempotency.record(tx, idempotency, decision);
      return { decision };
    });
    // A commit whose reply was lost may hold the key: nobody is going to settle it.
    const begun = await beginning.catch(free);
    if (begun.earlier) return { value: valueOf(begun.earlier, true), replayed: true };
    const between = valueOf(begun.decision, false);
    const settling = this.transactor.inTenant(caller.tenant, async (tx) => {
      const settled = await second(tx, between);
      if (idempotency) {
        if (isFinal(settled)) this.idempotency.record(tx, idempotency, settled);
        else this.idempotency.free(tx, idempotency, holder);
      }
      return settled;
    });
    return { value: valueOf(await settling.catch(free), false), replayed: false };
  }

  /** Where the database is away, the key frees itself when its request must have ended. */
  private async free(tenant: string, idempotency: IdempotentRequest, holder: string): Promise<void> {
    await this.transactor
      .inTenant(tenant, async (tx) => {
        this.idempotency.free(tx, idempotency, holder);
        return Promise.resolve();
      })
      .catch(() => undefined);
  }
}

/** An outcome that a repeat must get again; being told to wait is not one. */
function isFinal(decision: Decision<unknown>): boolean {
  if (decision.ok) return true;
  if (decision.refusal.passing) return false;
  const { kind } = errorOf(decision.refusal, false);
  return kind !== 'throttled' && kind !== 'unavailable';
}

function valueOf<T>(decision: Decision<T>, replayed: boolean): T {
  if (!decision.ok) throw errorOf(decision.refusal, replayed);
  return decision.value;
}

function errorOf(refusal: Refusal, replayed: boolean): AppError {
  return new AppError(refusal.code, { ...refusal.details, replayed });
}
