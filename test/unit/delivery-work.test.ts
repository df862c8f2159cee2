import { describe, expect, it } from '@jest/globals';
import { ClaimLedger } from '../../src/delivery/application/claim-ledger.js';
import type { Deliver } from '../../src/delivery/application/deliver.js';
import { DeliveryWork } from '../../src/delivery/application/delivery-work.js';

const CLAIM = { tenant: 'acme', id: 'a', fence: 1 };

/** What stays under way until it is told otherwise. */
function workThat(execute: Deliver['execute']): DeliveryWork {
  return new DeliveryWork({ execute } as unknown as Deliver, new ClaimLedger());
}

describe('The work on a delivery', () => {
  it('has its place free as soon as the message is handed over, and is under way until that is recorded', async () => {
    let record = (): void => undefined;
    const work = workThat(async (_claim, _handOver, isHandedOver) => {
      isHandedOver();
      await new Promise<void>((resolve) => (record = resolve));
    });
    await work.perform(CLAIM);
    expect(work.inFlight).toBe(1);
    const ends: string[] = [];
    const settled = work.settle(10_000).then(() => ends.push('settled'));
    await new Promise(setImmediate);
    expect(ends).toEqual([]);
    record();
    await settled;
    expect(work.inFlight).toBe(0);
  });

  it.each([
    ['nothing is handed over', () => Promise.resolve()],
    ['it fails', () => Promise.reject(new Error('The database is away'))],
  ])('has its place free when %s', async (_what, execute) => {
    const work = workThat(execute);
    await work.perform(CLAIM);
    expect(work.inFlight).toBe(0);
  });
});
