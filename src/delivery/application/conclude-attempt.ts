import { randomInt } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { type AttemptOutcome, type Conclusion, decideConclusion } from '../domain/conclude.js';
import { DELIVERY_LIMITS, type DeliveryLimits } from '../domain/limits.js';
import { concludeByReceipt } from '../domain/receipt.js';
import type { Attempt } from './attempt.js';
import { countConclusion } from './delivery-end.js';
import { attemptsMade } from './delivery-metrics.js';
import { DeliveryStore, type LockedDelivery } from './delivery-store.js';
import type { Transaction } from '../../shared/transactor.js';
import { SharedTransactions } from './shared-transactions.js';

const SENT: Conclusion = { kind: 'sent' };

interface Carried {
  readonly attempt: Attempt;
  readonly outcome: AttemptOutcome;
  readonly limits: DeliveryLimits;
}

/** Records what became of an attempt, while nobody else has taken the delivery over. */
@Injectable()
export class ConcludeAttempt {
  private readonly log = new Logger('Delivery');

  constructor(
    private readonly transactions: SharedTransactions,
    private readonly deliveries: DeliveryStore,
  ) {}

  async execute(
    attempt: Attempt,
    outcome: AttemptOutcome,
    limits: DeliveryLimits = DELIVERY_LIMITS,
  ): Promise<void> {
    const { tenant, deliveryId } = attempt;
    const carried = { attempt, outcome, limits };
    const conclusion = await this.transactions.inTenant(tenant, deliveryId, carried, this.concludeAll);
    this.report(attempt, outcome, conclusion);
  }

  private readonly concludeAll = async (
    tx: Transaction,
    all: readonly Carried[],
  ): Promise<(Conclusion | undefined)[]> => {
    // Most are sent and no receipt came before: there is nothing to look at first.
    const sent = await this.sent(tx, all, false);
    const others = all.filter(({ attempt }) => !sent.has(attempt.deliveryId));
    const locked = await this.deliveries.lock(
      tx,
      others.map(({ attempt }) => ({ id: attempt.deliveryId, beforeAttempt: attempt.number })),
    );
    const sentAllTheSame: Carried[] = [];
    const conclusions = all.map((one) => {
      const { deliveryId } = one.attempt;
      if (sent.has(deliveryId)) return SENT;
      const conclusion = this.conclude(tx, one, locked.get(deliveryId));
      if (conclusion?.kind === 'sent') sentAllTheSame.push(one);
      return conclusion;
    });
    const ended = await this.sent(tx, sentAllTheSame, true);
    if (ended.size < sentAllTheSame.length) throw new Error('A delivery changed although it was locked');
    return conclusions;
  };

  /** What follows, which is done unless the message is sent. */
  private conclude(
    tx: Transaction,
    { attempt, outcome, limits }: Carried,
    delivery: LockedDelivery | undefined,
  ): Conclusion | undefined {
    if (delivery?.fence !== attempt.fence || delivery.status !== 'SENDING') return undefined;
    const concluded = decideConclusion(delivery, outcome, limits, randomInt(2 ** 32) / 2 ** 32);
    const decided = concludeByReceipt(delivery.receipt, outcome, concluded, delivery.unknowns);
    if (decided.kind !== 'sent') this.deliveries.conclude(tx, delivery, outcome, decided);
    return decided;
  }

  private async sent(
    tx: Transaction,
    carried: readonly Carried[],
    inSpiteOfReceipt: boolean,
  ): Promise<ReadonlySet<string>> {
    const sent = carried.flatMap(({ attempt, outcome }) =>
      outcome.kind === 'SENT' ? [{ attempt, outcome }] : [],
    );
    return await this.deliveries.sent(tx, sent, inSpiteOfReceipt);
  }

  private report(attempt: Attempt, outcome: AttemptOutcome, conclusion: Conclusion | undefined): void {
    const { tenant, deliveryId, number, provider } = attempt;
    attemptsMade.inc({ channel: attempt.message.channel, provider, outcome: outcome.kind.toLowerCase() });
    if (conclusion) countConclusion(attempt.message.channel, conclusion);
    const facts = { tenant, deliveryId, attempt: number, outcome: outcome.kind };
    if (!conclusion) {
      this.log.warn({ msg: 'the outcome came after the lease was over and was not recorded', ...facts });
    } else if (conclusion.kind === 'settle') {
      this.log.debug({ msg: 'delivery settled by a receipt', ...facts, status: conclusion.status });
    } else if (outcome.kind === 'SENT') {
      this.log.debug({ msg: 'delivery sent', ...facts });
    } else {
      const ends = conclusion.kind === 'end' ? { status: conclusion.status, reason: conclusion.reason } : {};
      this.log.warn({ msg: 'delivery not sent', ...facts, detail: outcome.detail, ...ends });
    }
  }
}
