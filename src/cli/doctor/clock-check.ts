import type { DataSource } from 'typeorm';
import { type Check, fail, ok, warn } from './check.js';

const SUBJECT = 'clock';
const NOTICEABLE_SECONDS = 2;
/** What a token's times may be off by before it is refused. */
const TOLERANCE_SECONDS = 30;

/** How far this host's clock is from the database's. */
export async function checkClock(dataSource: DataSource): Promise<Check> {
  const before = Date.now();
  const [row] = await dataSource.query<{ now: Date }[]>('SELECT clock_timestamp() AS now');
  const after = Date.now();
  const seconds = ((row?.now.getTime() ?? NaN) - (before + after) / 2) / 1_000;
  const said = `this host is ${Math.abs(seconds).toFixed(1)} s ${seconds > 0 ? 'behind' : 'ahead of'} the database`;
  const advice = 'run a time service (NTP) on both';
  if (!(Math.abs(seconds) <= TOLERANCE_SECONDS))
    return fail(SUBJECT, `${said}: valid tokens will be refused, expired ones accepted; ${advice}`);
  if (Math.abs(seconds) > NOTICEABLE_SECONDS) return warn(SUBJECT, `${said}; ${advice}`);
  return ok(SUBJECT, said);
}
