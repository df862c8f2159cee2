import type { TokensResult } from '../scenarios/tokens.js';
import { figure, percent, table } from './table.js';
import { unexpectedOf } from './unexpected.js';

/** How many times as many requests a remembered token makes, and what that is made of. */
export function tokensTable(results: readonly TokensResult[]): string {
  const rates = table(
    [
      '',
      'remembered of fresh',
      'remembered/s',
      'spread',
      'p99 ms',
      'CPU ms/request',
      'fresh/s',
      'spread',
      'p99 ms',
      'CPU ms/request',
    ],
    results.map(({ kind, remembered, fresh }) => [
      `tokens, ${kind}`,
      figure(remembered.perSecond / fresh.perSecond),
      ...[remembered, fresh].flatMap((side) => [
        figure(side.perSecond),
        percent(side.spread),
        figure(side.p99Ms),
        figure(side.cpuMsPerRequest),
      ]),
    ]),
  );
  const unexpected = results.flatMap(({ kind, remembered, fresh }) =>
    unexpectedOf(`tokens, ${kind}`, {
      'API, to a remembered one,': remembered,
      'API, to a fresh one,': fresh,
    }),
  );
  return [rates, ...unexpected].join('\n\n');
}
