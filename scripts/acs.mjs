import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './prepare.mjs';

/** `npm run acs -- <command>`: installs and builds where that is needed, then runs the command. */
const STDERR = 2;
const prepared = spawnSync(process.execPath, [fileURLToPath(new URL('prepare.mjs', import.meta.url))], {
  // What is printed on the way must not end up in `$(npm run -s acs -- token)`.
  stdio: ['ignore', STDERR, STDERR],
});
if (prepared.status === 0) {
  const [command] = process.argv.slice(2);
  const { DATABASE_URL, MIGRATION_DATABASE_URL } = process.env;
  if (!DATABASE_URL && ['audit', 'deliveries', 'doctor'].includes(command)) await takeQuickstart();
  if (!DATABASE_URL && !MIGRATION_DATABASE_URL && isAboutRows(process.argv.slice(2))) await takeQuickstart();
  await import('../dist/src/main.acs.js');
} else {
  process.exitCode = 1;
}

/** Rotation and erasure take the quickstart only where no database at all is named. */
function isAboutRows([command, action]) {
  return action === 'erase' || (command === 'keys' && action === 'rotate');
}

/** Without a DATABASE_URL, these commands look at the quickstart that runs on this clone, if one does. */
async function takeQuickstart() {
  const { readSettings } = await import('../dist/scripts/quickstart/settings.js');
  const { apiEnvironment, workerEnvironment } = await import('../dist/scripts/quickstart/environment.js');
  const { loginUrl } = await import('../dist/scripts/quickstart/database.js');
  const { onPath } = await import('../dist/scripts/quickstart/on-path.js');
  const settings = readSettings(process.env, root);
  const { dataDir } = settings;
  const port = existsSync(join(dataDir, 'run.json')) && postgresPort(dataDir);
  if (!port) {
    console.error(`DATABASE_URL is not set, and no quickstart runs on ${dataDir}: npm start starts one.`);
    return;
  }

  const secrets = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8'));
  const login = (role) =>
    loginUrl(`postgres://127.0.0.1:${port}`, 'acs', {
      name: `acs_quickstart_${role}`,
      password: secrets.databasePasswords[role],
    });
  const hasRedis = onPath('redis-server', 'valkey-server') !== undefined;
  const redisUrl = settings.redisUrl ?? (hasRedis ? privateRedis(dataDir, secrets.redisPassword) : undefined);
  Object.assign(
    process.env,
    apiEnvironment(settings, secrets, ''),
    workerEnvironment(settings, secrets, login('worker'), redisUrl),
    { MIGRATION_DATABASE_URL: login('owner') },
  );
  console.error(`DATABASE_URL is not set: this is the quickstart of ${dataDir}.`);
}

/** The fourth line of PostgreSQL's own note; its folder is elsewhere where its user cannot enter the data folder. */
function postgresPort(dataDir) {
  const aside = `acs-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  const notes = [dataDir, join('/var/tmp', aside)].map((place) =>
    join(place, 'postgres', 'data', 'postmaster.pid'),
  );
  const note = notes.find((file) => existsSync(file));
  return note && readFileSync(note, 'utf8').split('\n')[3];
}

function privateRedis(dataDir, password) {
  const file = join(dataDir, 'redis', 'redis.conf');
  const port = existsSync(file) && /^port (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
  return port ? `redis://:${password}@127.0.0.1:${port}` : undefined;
}
