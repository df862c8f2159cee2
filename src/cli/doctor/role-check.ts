import type { DataSource } from 'typeorm';
import { PROCESS_GROUPS, type ProcessName, readRole, refusalOf } from '../../database/safe-role.js';
import { type Check, fail, ok } from './check.js';
import { enoughFor } from './environment-checks.js';

const SUBJECT = 'role';
const PROCESSES = Object.keys(PROCESS_GROUPS) as readonly ProcessName[];

/** That a process would start with the role, and one that this environment is enough for. */
export async function checkRole(dataSource: DataSource, env: NodeJS.ProcessEnv): Promise<Check> {
  const role = await readRole(dataSource);
  const [process] = PROCESSES.filter((name) => refusalOf(role, name) === undefined);
  if (process === undefined) return fail(SUBJECT, refusalOf(role, 'API') ?? 'cannot be used');
  const starting = PROCESSES.filter((name) => enoughFor(env).includes(name));
  if (starting.length > 0 && !starting.includes(process))
    return fail(SUBJECT, refusalOf(role, starting[0]) ?? 'cannot be used');
  return ok(
    SUBJECT,
    `"${role.name}" is a member of ${PROCESS_GROUPS[process]}, bound by row-level security, for the ${process} alone`,
  );
}
