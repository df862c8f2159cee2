import { describe, expect, it } from '@jest/globals';
import {
  admitted,
  afterRequest,
  afterSend,
  type Breaker,
  BREAKER_LIMITS,
  CLOSED,
  type SendResult,
  waitOf,
} from '../../src/delivery/domain/breaker.js';

const after = (results: readonly SendResult[], everyMs = 100, start: Breaker = CLOSED, from = 0): Breaker =>
  results.reduce<Breaker>(
    (breaker, result, index) => afterSend(breaker, result, from + index * everyMs, BREAKER_LIMITS),
    start,
  );
const times = (count: number, ...results: SendResult[]): SendResult[] =>
  Array.from({ length: count }, () => results).flat();

describe('A breaker', () => {
  it.each<[string, readonly SendResult[], Breaker['kind']]>([
    ['stays closed while sends are answered', times(100, 'answered'), 'closed'],
    [
      'stays closed at nine failures of nineteen sends',
      [...times(9, 'answered', 'failed'), 'answered'],
      'closed',
    ],
    ['stays closed at nineteen failures of nineteen sends', times(19, 'failed'), 'closed'],
    ['opens at half of twenty', times(10, 'answered', 'failed'), 'open'],
    ['stays closed at less than half', times(40, 'answered', 'answered', 'failed'), 'closed'],
    ['stays closed at four sends without an answer', times(4, 'unanswered'), 'closed'],
    ['opens at five sends in a row without an answer', times(5, 'unanswered'), 'open'],
    [
      'stays closed when an answer comes between',
      times(3, ...times(4, 'unanswered'), ...times(10, 'answered')),
      'closed',
    ],
  ])('%s', (_, results, kind) => {
    expect(after(results).kind).toBe(kind);
  });

  it('forgets what is older than its window', () => {
    const failing = after(times(19, 'failed'), 10);
    expect(afterSend(failing, 'failed', 31_000, BREAKER_LIMITS).kind).toBe('closed');
    expect(afterSend(failing, 'failed', 28_000, BREAKER_LIMITS).kind).toBe('open');
  });

  it('lets one send probe after 15 s, and closes when that is answered', () => {
    const open = after(times(5, 'unanswered'), 0);
    expect([waitOf(open, 0), waitOf(open, 15_000)]).toEqual([15_000, 0]);
    const probing = admitted(open, 15_000, BREAKER_LIMITS);
    expect(waitOf(probing, 15_000)).toBe(1_000);
    expect(afterSend(probing, 'answered', 15_100, BREAKER_LIMITS)).toBe(CLOSED);
  });

  it('waits twice as long after each probe that fails, two minutes at most', () => {
    let breaker = after(times(5, 'unanswered'), 0);
    let now = 0;
    const waits: number[] = [];
    for (let probe = 0; probe < 5; probe += 1) {
      waits.push(waitOf(breaker, now));
      now += waitOf(breaker, now);
      breaker = afterSend(admitted(breaker, now, BREAKER_LIMITS), 'failed', now, BREAKER_LIMITS);
    }
    expect(waits).toEqual([15_000, 30_000, 60_000, 120_000, 120_000]);
  });

  it('lets another probe when nothing came of the first', () => {
    const probing = admitted(after(times(5, 'unanswered'), 0), 15_000, BREAKER_LIMITS);
    expect(waitOf(probing, 26_999)).toBe(1);
    expect(waitOf(probing, 27_000)).toBe(0);
  });

  it.each<[string, Breaker, number, number]>([
    ['as long as it asks', CLOSED, 7_000, 7_000],
    ['two minutes at most before a probe', CLOSED, 3_600_000, 120_000],
    ['no shorter than it would be anyway', after(times(5, 'unanswered'), 0), 7_000, 15_000],
    ['longer than it would be anyway', after(times(5, 'unanswered'), 0), 40_000, 40_000],
  ])('leaves a provider that asks for a wait alone %s', (_, before, askedMs, waitMs) => {
    const open = afterRequest(before, askedMs, 0, BREAKER_LIMITS);
    expect([open.kind, waitOf(open, 0)]).toEqual(['open', waitMs]);
    const failed = afterSend(admitted(open, waitMs, BREAKER_LIMITS), 'failed', waitMs, BREAKER_LIMITS);
    expect(waitOf(failed, waitMs)).toBe(30_000);
  });

  it('takes no notice of a request for no time', () => {
    expect(afterRequest(CLOSED, 0, 0, BREAKER_LIMITS)).toBe(CLOSED);
  });

  it('is not closed by a send that was begun before it opened', () => {
    const open = after(times(5, 'unanswered'), 0);
    expect(afterSend(open, 'answered', 1_000, BREAKER_LIMITS)).toBe(open);
  });
});
