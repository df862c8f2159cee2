import { ConfigurationRow } from './config/persistence/configuration.row.js';
import { PolicyVersionRow } from './policy/persistence/policy-version.row.js';
import { PolicyRow } from './policy/persistence/policy.row.js';

/** The rows that TypeORM maps; the other tables are reached by SQL alone. */
export const ROWS = [ConfigurationRow, PolicyRow, PolicyVersionRow];
