import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ClaimLedger } from '../../src/delivery/application/claim-ledger.js';
import type { Deliver, Passage } from '../../src/delivery/application/deliver.js';
import type { Claim } from '../../src/delivery/application/delivery-store.js';
import { DeliveryWork } from '../../src/delivery/application/delivery-work.js';

let made = 0;
function claimOf(tenant: string): Claim {
  return { tenant, id: String((made += 1)), fence: 1 };
}

function workThat(execute: Deliver['execute'], concurrency = 1, ledger = new ClaimLedger()): DeliveryWork {
  return new DeliveryWork({ execute } as unknown as Deliver, ledger, concurrency);
}

/** What one delivery after the other waits for until it is let go. */
class Gate {
  readonly waiting: { readonly claim: Claim; readonly open: () => void }[] = [];

  readonly wait = (claim: Claim): Promise<void> =>
    new Promise((open) => {
      this.waiting.push({ claim, open });
    });

  get tenants(): string[] {
    return this.waiting.map(({ claim }) => claim.tenant);
  }

  async open(count: number): Promise<void> {
    for (const { open } of this.waiting.splice(0, count)) open();
    await new Promise(setImmediate);
  }
}

beforeAll(() => {
  Logger.overrideLogger(false);
});

describe('The work on a delivery', () => {
  it('makes room as soon as the message is handed over, and is under way until that is recorded', async () => {
    const recording = new Gate();
    const work = workThat(async (claim, passage) => {
      await passage.takePlace();
      passage.leave();
      await recording.wait(claim);
    });
    work.take([claimOf('acme'), claimOf('acme')]);
    await new Promise(setImmediate);
    expect(recording.waiting).toHaveLength(2);
    expect(work.inFlight).toBe(2);
    const ends: string[] = [];
    const settled = work.settle(10_000).then(() => ends.push('settled'));
    await new Promise(setImmediate);
    expect(ends).toEqual([]);
    await recording.open(2);
    await settled;
    expect(work.inFlight).toBe(0);
  });

  const taken: boolean[] = [];

  it.each([
    ['nothing is handed over', () => Promise.resolve()],
    ['it fails', () => Promise.reject(new Error('The database is away'))],
    [
      'it fails in its place',
      async (_: Claim, { takePlace }: Passage) => {
        taken.push(await takePlace());
        throw new Error('The database is away');
      },
    ],
  ])('has its place free when %s', async (_what, execute) => {
    const work = workThat(execute);
    work.take([claimOf('acme'), claimOf('acme')]);
    await new Promise(setImmediate);
    expect(work.inFlight).toBe(0);
    expect(work.waits).toBe(0);
    expect(taken).not.toContain(false);
  });
});

describe('The work of a process', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const places: boolean[] = [];
  /** Begins, waits for its place, sends. */
  const through =
    (begins: Gate, sends: Gate): Deliver['execute'] =>
    async (claim, passage) => {
      await begins.wait(claim);
      const hasPlace = await passage.takePlace();
      places.push(hasPlace);
      if (hasPlace) await sends.wait(claim);
      passage.leave();
    };

  function busy(concurrency: number, claims: number): { begins: Gate; sends: Gate; work: DeliveryWork } {
    const [begins, sends] = [new Gate(), new Gate()];
    const work = workThat(through(begins, sends), concurrency);
    work.take(Array.from({ length: claims }, () => claimOf('acme')));
    return { begins, sends, work };
  }

  it('begins as much as may be sent at once, and takes as much again to wait', () => {
    const begins = new Gate();
    const work = workThat(begins.wait, 3);
    expect(work.room).toBe(6);
    work.take(Array.from({ length: 5 }, () => claimOf('acme')));
    expect(begins.waiting).toHaveLength(3);
    expect(work.waits).toBe(2);
    expect(work.room).toBe(1);
    expect(work.isFull).toBe(false);
    work.take([claimOf('acme')]);
    expect(work.isFull).toBe(true);
  });

  it('begins as many ahead as were handed over lately, and sends no more of them at once', async () => {
    const { begins, sends, work } = busy(3, 12);
    await begins.open(3);
    await sends.open(2);
    // One still has its place; two took theirs, and two more are begun ahead.
    expect(begins.waiting).toHaveLength(4);
    await begins.open(4);
    expect(sends.waiting).toHaveLength(3);
    await sends.open(3);
    expect(sends.waiting).toHaveLength(2);
    expect(begins.waiting).toHaveLength(4);
    expect(work.waits).toBe(1);
  });

  it('begins none ahead once nothing is handed over, and lets none wait long for a place', async () => {
    const { begins, sends, work } = busy(2, 9);
    await begins.open(2);
    await sends.open(2);
    expect(begins.waiting).toHaveLength(4);
    places.length = 0;
    await begins.open(4);
    await jest.advanceTimersByTimeAsync(1_000);
    // Two have places in which they hang; two had none in time, and none was begun for them.
    expect(places).toEqual([true, true, false, false]);
    expect(begins.waiting).toEqual([]);
    expect(work.waits).toBe(3);
    expect(work.room).toBe(-1);
  });

  it('begins none ahead of sends that take long, even if they end together', async () => {
    const { begins, sends } = busy(2, 6);
    await begins.open(2);
    await jest.advanceTimersByTimeAsync(600);
    await sends.open(2);
    expect(begins.waiting).toHaveLength(2);
  });

  it('begins next the oldest of the tenant that has the fewest begun', async () => {
    const begins = new Gate();
    const work = workThat(begins.wait, 2);
    work.take(['acme', 'acme', 'acme', 'globex', 'acme'].map(claimOf));
    await begins.open(1);
    expect(begins.tenants).toContain('globex');
  });
});

describe('The work of a process that is to end', () => {
  it('begins nothing more once it was drained, and keeps what is left to be given back', async () => {
    const begins = new Gate();
    const ledger = new ClaimLedger();
    const work = workThat(begins.wait, 1, ledger);
    const [first, second, late] = [claimOf('acme'), claimOf('acme'), claimOf('acme')];
    work.take([first, second]);
    await work.drain(30);
    work.take([late]);
    await begins.open(1);
    expect(begins.waiting).toEqual([]);
    expect(work.room).toBe(0);
    expect(work.isFull).toBe(false);
    expect(ledger.all()).toEqual([second, late]);
  });

  it('begins what waits while it is drained', async () => {
    const begins = new Gate();
    const work = workThat(begins.wait);
    work.take([claimOf('acme'), claimOf('acme')]);
    const drained = work.drain(10_000);
    await begins.open(1);
    await drained;
    expect(begins.waiting).toHaveLength(1);
  });
});
