import { describe, expect, it } from '@jest/globals';
import { dailyStatement, dailyStatements, leastIdAt } from '../../src/database/daily-statement.js';

const DAY_MS = 86_400_000;
const find = dailyStatement(
  'find',
  (onDay) => `SELECT FROM t WHERE id = $1 ${onDay('id')} OR other = $1 ${onDay('other', -1, 2)}`,
);

function daysFromNow(days: number): { readonly id: string; readonly day: number } {
  const now = Date.now() + days * DAY_MS;
  return { id: leastIdAt(new Date(now)), day: Math.floor(now / DAY_MS) };
}

describe('a statement about one day', () => {
  it.each([-3, -1, 0, 1, 3])('names the bounds of the day, %d days from today', (days) => {
    const { id, day } = daysFromNow(days);
    const bound = (from: number): string => leastIdAt(new Date((day + from) * DAY_MS));
    expect(find(id, [id])).toEqual({
      name: `find-${day}`,
      text:
        `SELECT FROM t WHERE id = $1 AND id >= '${bound(0)}' AND id < '${bound(1)}' ` +
        `OR other = $1 AND other >= '${bound(-1)}' AND other < '${bound(2)}'`,
      values: [id],
    });
  });

  it('is prepared once for a day', () => {
    expect(find(daysFromNow(0).id, []).text).toBe(find(leastIdAt(new Date()).toUpperCase(), []).text);
  });

  it.each([
    ['long ago', daysFromNow(-5).id],
    ['far ahead', daysFromNow(5).id],
    ['the first', '00000000-0000-0000-0000-000000000000'],
    ['the last', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ['no identifier', `'; DROP TABLE t; --`],
  ])('names no day for %s, so that callers cannot have any number of them prepared', (_what, id) => {
    expect(find(id, [id])).toEqual({
      name: 'find',
      text: 'SELECT FROM t WHERE id = $1  OR other = $1 ',
      values: [id],
    });
  });
});

describe('statements about several rows', () => {
  it('are one for each day, in order', () => {
    const findAll = dailyStatements(
      'find-all',
      (onDay) => `SELECT FROM t WHERE id = ANY ($1) ${onDay('id')}`,
    );
    const [today, yesterday, later] = [daysFromNow(0), daysFromNow(-1), { id: leastIdAt(new Date()) }];
    const items = [today, yesterday, later];
    const found = findAll(
      items,
      ({ id }) => id,
      (some) => [some.map(({ id }) => id)],
    );
    expect(found.map(({ name, values }) => [name, values])).toEqual([
      [`find-all-${today.day}`, [[today.id, later.id]]],
      [`find-all-${yesterday.day}`, [[yesterday.id]]],
    ]);
    expect(found.map(({ text }) => text.includes(leastIdAt(new Date(today.day * DAY_MS))))).toEqual([
      true,
      true,
    ]);
  });
});
