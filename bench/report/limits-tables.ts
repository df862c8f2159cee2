import { BARS, verdict } from '../bars.js';
import type { GrowthResult } from '../scenarios/growth.js';
import type { OverloadResult } from '../scenarios/overload.js';
import { figure, table } from './table.js';

export function growthTable({ rows, create, answer, sizes, drop }: GrowthResult): string {
  const compared = table(
    [
      '',
      `p99, ${rows.many} of ${rows.few} rows`,
      '',
      'at requests/s',
      `p99 ms, ${rows.few}`,
      `p99 ms, ${rows.many}`,
    ],
    Object.entries({ create, answer }).map(([kind, { perSecond, fewP99Ms, manyP99Ms }]) => [
      kind,
      figure(manyP99Ms / fewP99Ms),
      verdict(manyP99Ms / fewP99Ms, BARS.growth),
      figure(perSecond),
      figure(fewP99Ms),
      figure(manyP99Ms),
    ]),
  );
  const stored = table(
    ['', 'rows', 'table MiB', 'index MiB'],
    sizes.map(({ table: name, rows: count, tableMiB, indexMiB }) => [
      name,
      figure(count),
      figure(tableMiB),
      figure(indexMiB),
    ]),
  );
  const dropped = table(
    ['', 'ms', '', 'failed creates', 'slowest create ms'],
    [
      [
        'a day dropped',
        figure(drop.ms),
        verdict(drop.ms, BARS.dropMs),
        String(drop.failed),
        figure(drop.slowestCreateMs),
      ],
    ],
  );
  return [compared, stored, dropped].join('\n\n');
}

export function overloadTable(result: OverloadResult): string {
  const goodput = result.goodPerSecond / result.peakPerSecond;
  const { memory, recoverySeconds } = result;
  return table(
    ['overload', '', ''],
    [
      ['creates done, of the peak', figure(goodput), verdict(goodput, BARS.goodput)],
      ['answers, p99 ms', figure(result.answerP99Ms), verdict(result.answerP99Ms, BARS.overloadAnswerP99Ms)],
      ['recovery, s', figure(recoverySeconds), verdict(recoverySeconds, BARS.recoverySeconds)],
      ['peak, creates/s', figure(result.peakPerSecond)],
      ['offered, creates/s', figure(result.offeredPerSecond)],
      ['done, creates/s', figure(result.goodPerSecond)],
      ['refused creates', counts(result.refused)],
      ['refused answers', counts(result.answersRefused)],
      [
        'memory before, most, after, MiB',
        memory ? [memory.beforeMiB, memory.mostMiB, memory.afterMiB].map(figure).join(', ') : '–',
      ],
    ],
  );
}

function counts(outcomes: Readonly<Record<string, number>>): string {
  const told = Object.entries(outcomes).map(([outcome, count]) => `${outcome} × ${count}`);
  return told.length > 0 ? told.join(', ') : 'none';
}
