import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readMeasurements } from '../../bench/capacity/measured.js';
import { type Cost, needsOf, STEPS, storageOf } from '../../bench/capacity/model.js';
import { simulate } from '../../bench/capacity/simulate.js';
import { UsageError } from '../../bench/options.js';
import { poisson, seeded } from '../../bench/capacity/tenants.js';

const cost = (apiCpuMs: number): Cost => ({
  apiCpuMs,
  workerCpuMs: 0,
  databaseCpuMs: 2 * apiCpuMs,
  walKiB: 1_024,
  flushes: 1,
});

describe('Results that a capacity is reckoned from', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acs-capacity-'));
  const file = join(folder, 'results.json');

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([
    [
      '{"circumstances":{},"rates":[],"delivery":{"ways":[]}}',
      /results\.json has no results of growth\. Make them/,
    ],
    ['{', /results\.json holds no results: SyntaxError/],
  ])('that are not all there are refused with what to do: %s', (text, told) => {
    writeFileSync(file, text);
    expect(() => readMeasurements(file)).toThrow(told);
    expect(() => readMeasurements(file)).toThrow(UsageError);
  });
});

describe('The capacity model', () => {
  it('keeps a core for each 600 ms that a second of challenges takes', () => {
    const nothing = cost(0);
    const costs = {
      create: cost(6),
      deliver: nothing,
      get: nothing,
      wrong: nothing,
      answer: nothing,
      complete: nothing,
    };
    const { apiCores, databaseCores, walMiBPerSecond } = needsOf(100, costs);
    expect(apiCores).toBeCloseTo(1);
    expect(databaseCores).toBeCloseTo(2);
    const steps = Object.values(STEPS).reduce((sum, times) => sum + times, 0);
    expect(walMiBPerSecond).toBeCloseTo(100 * steps);
  });

  it('adds what a day writes, and keeps each table for its own days', () => {
    const storage = {
      challengeBytes: 2 ** 20,
      challengeDays: 30,
      deliveryBytes: 2 ** 20,
      deliveryDays: 7,
      auditBytes: 2 ** 20,
      auditDays: 400,
    };
    expect(storageOf(1_024, storage)).toEqual({ perDayGiB: 3, totalGiB: 437 });
  });
});

describe('A simulated day', () => {
  it('is the same every time, and issues what was asked for on average', () => {
    const day = simulate(100, 1_000_000);
    expect(day).toEqual(simulate(100, 1_000_000));
    expect(day.challengesPerDay).toBeGreaterThan(950_000);
    expect(day.peakPerSecond).toBeGreaterThan(day.p99PerSecond);
    expect(day.p99PerSecond).toBeGreaterThan(1.5 * day.meanPerSecond);
  });

  it('has a few large tenants among many, so that shards differ', () => {
    const { largestTenantShare, largestShard } = simulate(1_000, 100_000);
    expect(largestTenantShare).toBeGreaterThan(0.1);
    expect(largestShard[16]!).toBeGreaterThan(largestShard[2]!);
    expect(largestShard[2]!).toBeGreaterThanOrEqual(1);
  });

  it('refuses what is over the limit of a tenant', () => {
    expect(simulate(1, 500 * 86_400).refusedByTenantLimit).toBeGreaterThan(0);
    expect(simulate(1, 5 * 86_400).refusedByTenantLimit).toBe(0);
  });
});

it.each([0.3, 20, 400])('counts of a mean of %d have that mean, and its variance', (mean) => {
  const random = seeded(7);
  const counts = Array.from({ length: 20_000 }, () => poisson(mean, random));
  const average = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const variance = counts.reduce((sum, count) => sum + (count - average) ** 2, 0) / counts.length;
  expect(Math.abs(average / mean - 1)).toBeLessThan(0.03);
  expect(Math.abs(variance / mean - 1)).toBeLessThan(0.06);
});
