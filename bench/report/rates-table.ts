import { BARS, verdict } from '../bars.js';
import type { RateResult } from '../scenarios/rates.js';
import { figure, percent, table } from './table.js';
import { unexpectedOf } from './unexpected.js';

/** Ratios first; then what they are made of. */
export function ratesTable(results: readonly RateResult[]): string {
  const ratios = table(
    ['', 'of floor', '', 'of pgbench', 'p99 at half rate', '', 'memory', ''],
    results.map((result) => {
      const create = result.scenario === 'create';
      const ratio = result.product.perSecond / result.floor.perSecond;
      const { p99Ms } = result.halfRate;
      const { rssMiB } = result.product;
      return [
        result.scenario,
        figure(ratio),
        verdict(ratio, create ? BARS.createOfFloor : BARS.othersOfFloor),
        figure(result.pgbench && result.product.perSecond / result.pgbench.perSecond),
        `${figure(p99Ms)} ms`,
        verdict(p99Ms, create ? BARS.createP99Ms : BARS.othersP99Ms),
        rssMiB === undefined ? '–' : `${figure(rssMiB)} MiB`,
        rssMiB === undefined ? '' : verdict(rssMiB, BARS.rssMiB),
      ];
    }),
  );
  const rates = table(
    [
      '',
      'requests/s',
      'spread',
      'p50 ms',
      'p99 ms',
      'CPU ms/request',
      'of PostgreSQL',
      'WAL KiB/request',
      'floor/s',
      'spread',
      'p50 ms',
      'p99 ms',
      'pgbench/s',
    ],
    results.map(({ scenario, product, floor, pgbench }) => [
      scenario,
      figure(product.perSecond),
      percent(product.spread),
      figure(product.p50Ms),
      figure(product.p99Ms),
      figure(product.cpuMsPerRequest),
      figure(product.databaseCpuMsPerRequest),
      figure(product.walKiBPerRequest),
      figure(floor.perSecond),
      percent(floor.spread),
      figure(floor.p50Ms),
      figure(floor.p99Ms),
      figure(pgbench?.perSecond),
    ]),
  );
  return [
    ratios,
    rates,
    ...results.flatMap(({ scenario, product, floor }) => unexpectedOf(scenario, { product, floor })),
  ].join('\n\n');
}
