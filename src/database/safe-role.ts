import type { DataSource } from 'typeorm';
import { StartRefused } from '../shared/start-refused.js';

/**
 * Refuses a database role that row-level security does not bind (superuser, BYPASSRLS, the tables' owner) and
 * a database that was not migrated.
 */
export async function assertSafeRole(dataSource: DataSource): Promise<void> {
  const [role] = await dataSource.query<
    { name: string; superuser: boolean; bypasses: boolean; migrated: boolean; owns: boolean }[]
  >(`
    SELECT current_user AS name, rolsuper AS superuser, rolbypassrls AS bypasses,
      to_regclass('challenge') IS NOT NULL AS migrated,
      coalesce((SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('challenge')), false) AS owns
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
}
