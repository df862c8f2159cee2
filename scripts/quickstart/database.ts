import pg from 'pg';

/** The roles of a database of ours: an owner who migrates, and one without privileges for each process. */
export interface DatabaseRoles {
  readonly database: string;
  readonly owner: Login;
  readonly api: Login;
  readonly worker: Login;
}

export interface Login {
  readonly name: string;
  readonly password: string;
}

/**
 * Makes database and login roles, or brings their passwords up to date. The owner can make the roles that the migrator
 * grants to. What the database holds in the beginning is what the template does.
 */
export async function createDatabase(
  superuserUrl: string,
  roles: DatabaseRoles,
  template = 'template1',
): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    await ensureLogin(client, roles.owner, 'CREATEROLE');
    await ensureLogin(client, roles.api, 'NOCREATEROLE');
    await ensureLogin(client, roles.worker, 'NOCREATEROLE');
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [roles.database]);
    if (rowCount === 0) {
      const [database, owner, source] = [roles.database, roles.owner.name, template].map((name) =>
        client.escapeIdentifier(name),
      );
      await client.query(`CREATE DATABASE ${database} OWNER ${owner} TEMPLATE ${source}`);
      await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
    }
  });
}

/** Lets the login roles in, through the group roles that hold the migrator's grants. */
export async function grantProcessRoles(superuserUrl: string, roles: DatabaseRoles): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    const [database, api, worker] = [roles.database, roles.api.name, roles.worker.name].map((name) =>
      client.escapeIdentifier(name),
    );
    await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${api}, ${worker}`);
    await client.query(`GRANT acs_api TO ${api}`);
    await client.query(`GRANT acs_worker TO ${worker}`);
  });
}

/** The URL by which the role reaches the database. */
export function loginUrl(superuserUrl: string, database: string, login: Login): string {
  const url = new URL(superuserUrl);
  url.username = login.name;
  url.password = login.password;
  url.pathname = `/${database}`;
  return url.href;
}

export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function ensureLogin(client: pg.Client, login: Login, creates: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [login.name]);
  const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
  const [name, password] = [client.escapeIdentifier(login.name), client.escapeLiteral(login.password)];
  await client.query(
    `${verb} ROLE ${name} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB ${creates} PASSWORD ${password}`,
  );
}
