import { describe, expect, it } from '@jest/globals';
import { LoadShedder } from '../../src/http/load-shedder.js';

const MOST_HELD_BACK = 4_096;

describe('A refusal for too much', () => {
  it('waits, but no more of them than connections can be spared', async () => {
    const shedder = new LoadShedder(4);
    const told: string[] = [];
    const waiting = Array.from({ length: MOST_HELD_BACK }, () =>
      shedder.holdBack().then(() => told.push('after a while')),
    );
    await shedder.holdBack().then(() => told.push('at once'));
    expect(told).toEqual(['at once']);
    await Promise.all(waiting);
    const again = shedder.holdBack().then(() => told.push('again after a while'));
    await new Promise(setImmediate);
    expect(told).toHaveLength(MOST_HELD_BACK + 1);
    await again;
  });
});
