import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SharedTransactions } from '../../src/delivery/application/shared-transactions.js';
import { type Transaction, Transactor } from '../../src/shared/transactor.js';

/** Transactions that are over when they are let go. */
class HeldTransactor extends Transactor {
  readonly sizes: number[] = [];
  private end: () => void = () => undefined;

  async inTenant<T>(_tenant: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const result = await work({} as Transaction);
    await new Promise<void>((resolve) => {
      this.end = resolve;
    });
    return result;
  }

  inOneTrip<T>(tenant: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.inTenant(tenant, work);
  }

  async letGo(): Promise<void> {
    this.end();
    await moments();
  }
}

async function moments(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
}

describe('After a transaction that several deliveries shared', () => {
  let transactor: HeldTransactor;
  let add: (count: number) => Promise<void>;

  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    transactor = new HeldTransactor();
    const shared = new SharedTransactions(transactor);
    let made = 0;
    const note = (_: Transaction, items: readonly number[]): Promise<readonly number[]> => {
      transactor.sizes.push(items.length);
      return Promise.resolve(items);
    };
    add = async (count) => {
      for (let one = 0; one < count; one += 1) void shared.inTenant('acme', `${(made += 1)}`, made, note);
      await moments();
    };
    await add(2);
    expect(transactor.sizes).toEqual([2]);
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('the next goes once there is enough for it', async () => {
    await transactor.letGo();
    await add(19);
    expect(transactor.sizes).toEqual([2]);
    await add(1);
    expect(transactor.sizes).toEqual([2, 20]);
  });

  it('the next goes at once with what came meanwhile, where that is enough', async () => {
    await add(25);
    await transactor.letGo();
    expect(transactor.sizes).toEqual([2, 25]);
    await add(3);
    await transactor.letGo();
    expect(transactor.sizes).toEqual([2, 25]);
  });

  it('the next goes at once with what was too much for that one', async () => {
    await add(150);
    await transactor.letGo();
    await transactor.letGo();
    await transactor.letGo();
    expect(transactor.sizes).toEqual([2, 50, 50, 50]);
  });

  it('the next waits for ten milliseconds at most, with less', async () => {
    await add(3);
    await transactor.letGo();
    jest.advanceTimersByTime(9);
    await moments();
    expect(transactor.sizes).toEqual([2]);
    jest.advanceTimersByTime(1);
    await moments();
    expect(transactor.sizes).toEqual([2, 3]);
  });
});
