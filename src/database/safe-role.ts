import type { DataSource } from 'typeorm';
import { StartRefused } from '../shared/start-refused.js';

interface Role {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypasses: boolean;
  readonly migrated: boolean;
  readonly owns: boolean;
  readonly member: boolean;
}

/**
 * Refuses a database role that row-level security does not bind (superuser, BYPASSRLS, the tables' owner) or that
 * nothing was granted to, and a database that was not migrated.
 */
export async function assertSafeRole(dataSource: DataSource): Promise<void> {
  // The catalogue, unlike to_regclass, also shows tables of a schema that the role may not use.
  const [role] = await dataSource.query<Role[]>(`
    SELECT current_user AS name, rolsuper AS superuser, rolbypassrls AS bypasses,
      EXISTS (SELECT FROM pg_class WHERE relname = 'challenge' AND relkind = 'p') AS migrated,
      coalesce((SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('challenge')), false) AS owns,
      EXISTS (SELECT FROM pg_roles WHERE rolname IN ('acs_api', 'acs_worker') AND pg_has_role(oid, 'USAGE')) AS member
    FROM pg_roles WHERE rolname = current_user`);
  if (!role?.migrated) {
    throw new StartRefused(
      'The database has no schema yet. Run `npm run migrate` with MIGRATION_DATABASE_URL first.',
    );
  }
  const reasons = [
    ...(role.superuser ? ['is a superuser'] : []),
    ...(role.bypasses ? ['has BYPASSRLS'] : []),
    ...(role.owns && !role.superuser ? ['owns the tables'] : []),
  ];
  if (reasons.length > 0) {
    throw new StartRefused(
      `DATABASE_URL: the role "${role.name}" ${reasons.join(' and ')}, so tenants would not be isolated. Use a login role that is a member of acs_api (API) or acs_worker (worker) only.`,
    );
  }
  if (!role.member) {
    throw new StartRefused(
      `DATABASE_URL: the role "${role.name}" is a member of neither acs_api nor acs_worker, so it may not use the schema. As a superuser, run GRANT acs_api TO "${role.name}" for the API, or GRANT acs_worker TO "${role.name}" for the worker.`,
    );
  }
}
