import type { DataSource } from 'typeorm';
import { StartRefused } from '../shared/start-refused.js';

/** The groups that the migrator's grants belong to, by the process that they are for. */
export const PROCESS_GROUPS = { API: 'acs_api', worker: 'acs_worker' } as const;
export type ProcessName = keyof typeof PROCESS_GROUPS;

/** What a login role is and may become. */
export interface DatabaseRole {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypasses: boolean;
  readonly createsRoles: boolean;
  readonly replicates: boolean;
  readonly migrated: boolean;
  readonly owns: boolean;
  /** Roles with such rights that it is a member of, the tables' owner aside. */
  readonly above: readonly string[];
  /** The groups whose grants it has. */
  readonly groups: readonly string[];
  /** The same, and those that it could turn into. */
  readonly memberships: readonly string[];
}

/** The role that the data source is logged in with. */
export async function readRole(dataSource: DataSource): Promise<DatabaseRole> {
  // The catalogue, unlike to_regclass, also shows tables of a schema that the role may not use.
  const [role] = await dataSource.query<DatabaseRole[]>(`
    WITH owner AS (SELECT relowner AS oid FROM pg_class WHERE relname = 'challenge' AND relkind = 'p'),
      own_group AS (SELECT oid, rolname::text AS name FROM pg_roles WHERE rolname IN ('acs_api', 'acs_worker'))
    SELECT current_user AS name, rolsuper AS superuser, rolbypassrls AS bypasses, rolcreaterole AS "createsRoles",
      rolreplication AS replicates,
      EXISTS (SELECT FROM owner) AS migrated,
      EXISTS (SELECT FROM owner WHERE pg_has_role(owner.oid, 'MEMBER')) AS owns,
      array(SELECT rolname::text FROM pg_roles other
        WHERE (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication) AND rolname <> current_user
          AND pg_has_role(other.oid, 'MEMBER') AND other.oid NOT IN (SELECT oid FROM owner) ORDER BY 1) AS above,
      array(SELECT own_group.name FROM own_group WHERE pg_has_role(oid, 'USAGE') ORDER BY 1) AS groups,
      array(SELECT own_group.name FROM own_group WHERE pg_has_role(oid, 'MEMBER') ORDER BY 1) AS memberships
    FROM pg_roles WHERE rolname = current_user`);
  if (!role) throw new Error('A session always has a role');
  return role;
}

/**
 * Why a process must not start with a role: row-level security does not bind it (superuser, BYPASSRLS, the tables'
 * owner), it could get round it (CREATEROLE, REPLICATION, a member of a role with such rights), it is not in the
 * process's own group or is in the other one too, or the database was not migrated. Undefined when it may. Without a
 * process, either group and both will do.
 */
export function refusalOf(role: DatabaseRole, process?: ProcessName): string | undefined {
  if (!role.migrated)
    return 'The database has no schema yet. Run `npm run migrate` with MIGRATION_DATABASE_URL first.';
  const reasons = tooMuch(role);
  if (reasons.length > 0)
    return `DATABASE_URL: the role "${role.name}" ${reasons.join(' and ')}, so tenants would not be isolated. Use a login role that is a member of acs_api (API) or acs_worker (worker) only.`;
  if (role.groups.length === 0)
    return `DATABASE_URL: the role "${role.name}" is a member of neither acs_api nor acs_worker, so it may not use the schema. As a superuser, run GRANT acs_api TO "${role.name}" for the API, or GRANT acs_worker TO "${role.name}" for the worker.`;
  if (process === undefined) return undefined;
  const own = PROCESS_GROUPS[process];
  if (!role.groups.includes(own))
    return `DATABASE_URL: the role "${role.name}" is a member of ${role.groups.join('')}, which is not the ${process}'s group. Use a login role that is a member of ${own} only.`;
  const others = role.memberships.filter((name) => name !== own);
  if (others.length > 0)
    return `DATABASE_URL: the role "${role.name}" is a member of ${own} and of ${others.join('')}. Give each process a role of its own: as a superuser, run REVOKE ${others.join('')} FROM "${role.name}" for the ${process}.`;
  return undefined;
}

/** Throws `StartRefused` where `refusalOf` tells a reason. */
export async function assertSafeRole(dataSource: DataSource, process?: ProcessName): Promise<void> {
  const refusal = refusalOf(await readRole(dataSource), process);
  if (refusal !== undefined) throw new StartRefused(refusal);
}

function tooMuch(role: DatabaseRole): string[] {
  const { superuser, bypasses, createsRoles, replicates, owns, above } = role;
  if (superuser) return ['is a superuser', ...(bypasses ? ['has BYPASSRLS'] : [])];
  return [
    ...(bypasses ? ['has BYPASSRLS'] : []),
    ...(createsRoles ? ['has CREATEROLE'] : []),
    ...(replicates ? ['has REPLICATION'] : []),
    ...(owns ? ['owns the tables'] : []),
    ...(above.length > 0 ? [`is a member of ${above.map((name) => `"${name}"`).join(', ')}`] : []),
  ];
}
