import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { FailureTellingExporter } from '../../src/observability/failure-telling-exporter.js';

describe('exports of spans that fail', () => {
  const told: unknown[] = [];
  const take = (message: unknown): void => {
    told.push(message);
  };

  beforeEach(() => {
    told.length = 0;
    Logger.overrideLogger({ log: take, warn: take, error: take });
  });

  afterEach(() => {
    Logger.overrideLogger(false);
  });

  const FAILED = { code: ExportResultCode.FAILED };

  /** What the batches of spans that are exported in turn come to. */
  function exportAll(...results: readonly ExportResult[]): void {
    const coming = [...results];
    const exporter = new FailureTellingExporter({
      export: (_spans, done) => {
        done(coming.shift()!);
      },
      shutdown: () => Promise.resolve(),
    });
    const batch = new Array<ReadableSpan>(10);
    for (const result of results)
      exporter.export(batch, ({ code }) => {
        expect(code).toBe(result.code);
      });
  }

  it('are told of once in a while, and so is their end', () => {
    exportAll(FAILED, FAILED, FAILED, { code: ExportResultCode.SUCCESS }, { code: ExportResultCode.SUCCESS });
    expect(told).toEqual([
      { msg: 'spans could not be exported and are lost', spans: 10, reason: 'unknown' },
      { msg: 'spans are exported again', lostMeanwhile: 20 },
    ]);
  });

  it.each([
    [
      Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:4318'), { code: 'ECONNREFUSED' }),
      'ECONNREFUSED',
    ],
    [Object.assign(new Error('Unauthorized'), { code: 401, data: 'the key k-123 is unknown' }), '401'],
    [Object.assign(new Error('odd'), { code: 'https://collector.example/?key=k-123' }), 'unknown'],
    [new Error('Request timed out'), 'timeout'],
    [new Error('the key k-123 is unknown'), 'unknown'],
  ])('are told of by a code: %#', (error, reason) => {
    exportAll({ ...FAILED, error });
    expect(told).toEqual([expect.objectContaining({ reason })]);
    expect(JSON.stringify(told)).not.toMatch(/k-123|10\.1\.2\.3/);
  });
});
