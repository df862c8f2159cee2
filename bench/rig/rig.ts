import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { FloorOptions, ScriptSets } from '../floor/floor-process.js';
import type { BenchOptions } from '../options.js';
import { RequestRecording } from '../record/record-requests.js';
import { StatementRecorder } from '../record/statement-recorder.js';
import { callApi } from './api-call.js';
import { Belongings } from './belongings.js';
import { type BenchDatabase, databaseServer, makeDatabase } from './database.js';
import { Load } from './load.js';
import { listeningAt, startNodeProcess } from './node-process.js';
import { CODE_POLICY, Product, type RunningApi } from './product.js';
import { Stock } from './stock.js';
import { furnishTenant } from './tenant.js';

/** Everything that runs for a benchmark, and what the scenarios need of it. */
export interface Rig {
  readonly options: BenchOptions;
  readonly say: (message: string) => void;
  readonly belongings: Belongings;
  /** A superuser's URL. */
  readonly server: string;
  readonly database: BenchDatabase;
  /** A superuser in the product's database. */
  readonly client: pg.Client;
  readonly product: Product;
  readonly api: RunningApi;
  readonly load: Load;
  readonly stock: Stock;
}

/** Starts PostgreSQL, an API process with a furnished tenant, and the load generator. */
export async function startRig(
  options: BenchOptions,
  belongings: Belongings,
  say: (message: string) => void,
): Promise<Rig> {
  const server = await databaseServer(belongings, say);
  const product = await Product.prepare(belongings);
  const load = await Load.start(belongings);
  const shared = { options, say, belongings, server, product, load };
  return { ...shared, ...(await startService(shared)) };
}

/** The same with a database and an API process of its own, in which nothing has happened yet. */
export async function freshRig(rig: Rig): Promise<Rig> {
  return { ...rig, ...(await startService(rig)) };
}

type Service = Pick<Rig, 'database' | 'client' | 'api' | 'stock'>;

async function startService({ server, belongings, product }: Omit<Rig, keyof Service>): Promise<Service> {
  const database = await makeDatabase(server, belongings);
  const client = new pg.Client({ connectionString: database.superuserUrl });
  await client.connect();
  belongings.add('a database connection', () => client.end());
  const api = await product.startApi(database.apiUrl);
  await furnishTenant(api.url, product.token());
  const template = await issueTemplate(api.url, product.token());
  await client.query(`UPDATE delivery SET status = 'SENT', due_at = NULL WHERE challenge_id = $1`, [
    template,
  ]);
  const stock = new Stock(client, product.secretKeys, template);
  return { database, client, api, stock };
}

async function issueTemplate(url: string, token: string): Promise<string> {
  const { body } = await callApi(url, token, {
    method: 'POST',
    path: '/v1/challenges',
    body: { policyAlias: CODE_POLICY, recipient: 'template@example.com', subject: 'user-42' },
  });
  return String(body['id']);
}

/** The statements of every kind of request, recorded on an API process of their own that is stopped afterwards. */
export async function recordScripts({ product, database, stock }: Rig): Promise<ScriptSets> {
  const belongings = new Belongings();
  try {
    const recorder = await StatementRecorder.before(database.apiUrl);
    belongings.add('the recorder', () => recorder.close());
    const api = await product.startApi(recorder.through(database.apiUrl), belongings);
    return await new RequestRecording(recorder, api.url, product.token()).scripts(stock);
  } finally {
    await belongings.end();
  }
}

/** Starts the bare handler that replays the scripts; resolves with its URL. */
export async function startFloor({ database, belongings }: Rig, scripts: ScriptSets): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'acs-bench-floor-'));
  belongings.add('the scripts of the floor', () => {
    rmSync(folder, { recursive: true, force: true });
    return Promise.resolve();
  });
  const file = join(folder, 'scripts.json');
  writeFileSync(file, JSON.stringify(scripts));
  const options: FloorOptions = {
    databaseUrl: database.apiUrl,
    poolSize: Number(process.env['DATABASE_POOL_SIZE'] ?? 20),
    scripts: file,
  };
  const child = startNodeProcess(
    'Floor',
    new URL('../floor/floor-process.js', import.meta.url),
    { FLOOR: JSON.stringify(options) },
    belongings,
  );
  return await listeningAt(child);
}
