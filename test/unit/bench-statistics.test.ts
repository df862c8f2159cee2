import { expect, test } from '@jest/globals';
import { verdict } from '../../bench/bars.js';
import { median, percentiles, spread } from '../../bench/statistics.js';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
});

test('the spread is the range as a share of the median', () => {
  expect(spread([90, 100, 120])).toBeCloseTo(0.3);
  expect(spread([8])).toBe(0);
});

test('a percentile is the least value that so many do not exceed', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentiles(values, [0.5, 0.99, 1])).toEqual([50, 99, 100]);
  expect(percentiles([3], [0.5, 0.99])).toEqual([3, 3]);
});

test('percentiles order by size, not by text', () => {
  expect(percentiles([9, 100, 20], [1])).toEqual([100]);
});

test('a bar is met from its limit on, and a miss is told as a share of it', () => {
  expect(verdict(0.6, { least: 0.6 })).toBe('≥ 0.6 met');
  expect(verdict(0.3, { least: 0.6 })).toBe('≥ 0.6 MISSED by 50 %');
  expect(verdict(25, { most: 25 })).toBe('≤ 25 met');
  expect(verdict(50, { most: 25 })).toBe('≤ 25 MISSED by 100 %');
});

test('what could not be measured has not met its bar', () => {
  expect(verdict(NaN, { most: 25 })).toContain('NOT MEASURED');
  expect(verdict(Infinity, { most: 10 })).toContain('NOT MEASURED');
});
