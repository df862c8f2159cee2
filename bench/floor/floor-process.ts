import { readFileSync } from 'node:fs';
import { fastify } from 'fastify';
import pg from 'pg';
import type { Script } from '../record/script.js';
import { productOptions } from '../rig/product-options.js';
import { isWrong } from '../wrong-answer.js';
import { Replay } from './replay.js';

export interface FloorOptions {
  readonly databaseUrl: string;
  readonly poolSize: number;
  /** A file with the scripts of each kind of request, by set. */
  readonly scripts: string;
}

export type RequestKind = 'create' | 'get' | 'answer' | 'wrong' | 'complete';

/** The scripts under which a set of routes is served: `/<set>/v1/challenges…`. */
export type ScriptSets = Readonly<Record<string, Partial<Readonly<Record<RequestKind, Script>>>>>;

interface Posted {
  readonly recipient?: string;
  readonly answer?: string;
}

/** Serves the product's routes with its statements and nothing else: no token is checked, nothing is validated. */
async function serve({ databaseUrl, poolSize, scripts }: FloorOptions): Promise<void> {
  const connection = { connectionString: databaseUrl, pipeline: true, keepAlive: true, idleTimeoutMillis: 0 };
  const pool = new pg.Pool({ ...connection, max: poolSize, options: productOptions(true) });
  const sharedPool = new pg.Pool({ ...connection, max: 2, options: productOptions(false) });
  const app = fastify();
  for (const [set, kinds] of Object.entries(JSON.parse(readFileSync(scripts, 'utf8')) as ScriptSets)) {
    const replays = new Map(
      Object.entries(kinds).map(([kind, script]) => [
        kind,
        { script, replay: new Replay(script, pool, sharedPool) },
      ]),
    );
    const handle = async (kind: RequestKind, given: Record<string, string>): Promise<Handled> => {
      const found = replays.get(kind);
      if (!found) throw new Error(`The floor has no ${kind} for ${set}`);
      return { status: found.script.answer.status, body: await found.replay.run(given) };
    };
    app.post<{ Body: Posted }>(`/${set}/v1/challenges`, async ({ body, headers }, reply) => {
      const key = headers['idempotency-key'];
      const { status, body: answered } = await handle('create', {
        recipient: body.recipient ?? '',
        key: typeof key === 'string' ? key : '',
      });
      return reply.code(status).send(answered);
    });
    app.get<{ Params: { id: string } }>(`/${set}/v1/challenges/:id`, async ({ params }, reply) => {
      const { status, body } = await handle('get', params);
      return reply.code(status).send(body);
    });
    app.post<{ Params: { id: string }; Body: Posted }>(
      `/${set}/v1/challenges/:id/answer`,
      async ({ params, body }, reply) => {
        const { status, body: answered } = await handle(
          isWrong(body.answer ?? '') ? 'wrong' : 'answer',
          params,
        );
        return reply.code(status).send(answered);
      },
    );
    app.post<{ Params: { id: string } }>(`/${set}/v1/challenges/:id/complete`, async ({ params }, reply) => {
      const { status, body } = await handle('complete', params);
      return reply.code(status).send(body);
    });
  }
  process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
  console.log(`listening ${await app.listen({ port: 0, host: '127.0.0.1' })}`);
}

interface Handled {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const options = process.env['FLOOR'];
if (options !== undefined) await serve(JSON.parse(options) as FloorOptions);
