import type { DataSource } from 'typeorm';
import { assertSafeRole } from '../../database/safe-role.js';
import { StartRefused } from '../../shared/start-refused.js';
import { type Check, fail, ok, warn } from './check.js';

const SUBJECT = 'role';

/** That the processes would start with the role, and that it is a member of the group of one process. */
export async function checkRole(dataSource: DataSource): Promise<Check> {
  const refusal = await refusalOf(dataSource);
  if (refusal !== undefined) return fail(SUBJECT, refusal);
  const [role] = await dataSource.query<{ name: string; groups: string[] }[]>(`
    SELECT current_user AS name, array(SELECT rolname::text FROM pg_roles
      WHERE rolname IN ('acs_api', 'acs_worker') AND pg_has_role(oid, 'USAGE') ORDER BY 1) AS groups`);
  const { name = '', groups = [] } = role ?? {};
  if (groups.length > 1)
    return warn(
      SUBJECT,
      `"${name}" is a member of ${groups.join(' and ')}; give each process a role of its own`,
    );
  return ok(SUBJECT, `"${name}" is a member of ${groups.join('')}, bound by row-level security`);
}

/** Why the processes would not start with this role. */
async function refusalOf(dataSource: DataSource): Promise<string | undefined> {
  try {
    await assertSafeRole(dataSource);
    return undefined;
  } catch (error) {
    if (error instanceof StartRefused) return error.message;
    throw error;
  }
}
