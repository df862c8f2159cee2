import type { ScriptSets } from '../floor/floor-process.js';
import { create, type Outgoing } from '../load/flows.js';
import { callApi } from '../rig/api-call.js';
import { CODE_POLICY, TOKEN_POLICY } from '../rig/product.js';
import type { Stock } from '../rig/stock.js';
import { makeScript, type Recorded } from './make-script.js';
import type { Given, Script } from './script.js';
import type { StatementRecorder } from './statement-recorder.js';

/** The first requests of a kind fill caches; two are compared. */
const REQUESTS = 4;

/** Sends a few requests of every kind to an API behind a recorder and makes their scripts. */
export class RequestRecording {
  constructor(
    private readonly recorder: StatementRecorder,
    private readonly url: string,
    private readonly token: string,
  ) {}

  async scripts(stock: Stock): Promise<ScriptSets> {
    return { code: await this.codeScripts(stock), token: await this.tokenScripts() };
  }

  private async codeScripts(stock: Stock): Promise<ScriptSets[string]> {
    const waiting = await stock.make(3 * REQUESTS, 'ISSUED');
    const verified = await stock.make(REQUESTS, 'VERIFIED');
    const next = (): { id: string; code: string } => waiting.pop()!;
    return {
      create: await this.script(() => {
        const request = create(CODE_POLICY, true, true);
        return {
          request,
          given: { recipient: request.recipient!, key: request.headers!['idempotency-key']! },
        };
      }),
      get: await this.script(() => getOf(next().id)),
      answer: await this.script(() => {
        const { id, code } = next();
        return answerTo(id, code, 200);
      }),
      wrong: await this.script(() => answerTo(next().id, '000000', 422)),
      complete: await this.script(() => completionOf(verified.pop()!.id)),
    };
  }

  private async tokenScripts(): Promise<ScriptSets[string]> {
    const recordings: Record<'create' | 'get' | 'wrong' | 'answer' | 'complete', Recorded>[] = [];
    for (let life = 0; life < REQUESTS; life += 1) {
      const created = await this.one({ request: create(TOKEN_POLICY, false, false), given: {} });
      const id = String(created.body['id']);
      recordings.push({
        create: created,
        get: await this.one(getOf(id)),
        wrong: await this.one(answerTo(id, '0'.repeat(43), 422)),
        answer: await this.one(answerTo(id, String(created.body['token']), 200)),
        complete: await this.one(completionOf(id)),
      });
    }
    const [one, other] = recordings.slice(-2) as [(typeof recordings)[0], (typeof recordings)[0]];
    const kinds = Object.keys(one) as (keyof typeof one)[];
    return Object.fromEntries(kinds.map((kind) => [kind, makeScript(one[kind], other[kind])]));
  }

  private async script(request: () => Planned): Promise<Script> {
    const recordings: Recorded[] = [];
    for (let count = 0; count < REQUESTS; count += 1) recordings.push(await this.one(request()));
    const [one, other] = recordings.slice(-2);
    return makeScript(one!, other!);
  }

  private async one({ request, given }: Planned): Promise<Recorded> {
    const { result, sent } = await this.recorder.record(() => callApi(this.url, this.token, request));
    if (result.status !== request.expect)
      throw new Error(
        `${request.method} ${request.path} was answered ${result.status}: ${JSON.stringify(result.body)}`,
      );
    return { given, at: Date.now(), sent, ...result };
  }
}

interface Planned {
  readonly request: Outgoing;
  readonly given: Given;
}

function getOf(id: string): Planned {
  return { request: { method: 'GET', path: `/v1/challenges/${id}`, expect: 200 }, given: { id } };
}

function answerTo(id: string, answer: string, expect: number): Planned {
  const path = `/v1/challenges/${id}/answer`;
  return { request: { method: 'POST', path, body: { answer }, expect }, given: { id } };
}

function completionOf(id: string): Planned {
  return {
    request: { method: 'POST', path: `/v1/challenges/${id}/complete`, body: {}, expect: 200 },
    given: { id },
  };
}
