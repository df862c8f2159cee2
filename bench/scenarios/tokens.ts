import type { LoadJob, PlannedRequest, Source } from '../load/protocol.js';
import type { Rig } from '../rig/rig.js';
import { type Measured, type Run, runLoad, summary } from './measure.js';

/** One kind of token, brought again and again and new each time. */
export interface TokensResult {
  readonly kind: 'JWT' | 'opaque';
  readonly remembered: Measured;
  readonly fresh: Measured;
}

/** Requests per second that tokens are made for, before the first run has told more. */
const FIRST_GUESS = 1_000;

/** Looks at one challenge with a token that the API remembers, and with one that it has never seen, in turns. */
export async function measureTokens(rig: Rig): Promise<TokensResult[]> {
  const { product, stock } = rig;
  const [challenge] = await stock.make(1, 'ISSUED');
  const path = `/v1/challenges/${challenge!.id}`;
  const looking = (token: string): PlannedRequest => ({
    method: 'GET',
    path,
    expect: 200,
    headers: { authorization: `Bearer ${token}` },
  });
  return [
    await measureKind(rig, 'JWT', () => looking(product.token())),
    await measureKind(rig, 'opaque', () => looking(product.opaqueToken())),
  ];
}

async function measureKind(
  rig: Rig,
  kind: TokensResult['kind'],
  request: () => PlannedRequest,
): Promise<TokensResult> {
  const { api, options } = rig;
  const runs = { remembered: [] as Run[], fresh: [] as Run[] };
  let freshPerSecond = FIRST_GUESS;
  for (let run = 0; run <= options.runs; run += 1) {
    const seconds = run === 0 ? options.warmUpSeconds : options.seconds;
    const measure = (source: Source): Promise<Run> => {
      const job: LoadJob = { url: api.url, source, connections: options.connections, seconds };
      return runLoad(rig, job, api.child);
    };
    const remembered = await measure({ kind: 'same', request: request() });
    const count = Math.ceil(freshPerSecond * seconds * 1.5);
    const fresh = await measure({ kind: 'each', requests: Array.from({ length: count }, request) });
    freshPerSecond = Math.max(100, fresh.answered / fresh.seconds);
    if (run === 0) continue;
    runs.remembered.push(remembered);
    runs.fresh.push(fresh);
  }
  return { kind, remembered: summary(runs.remembered), fresh: summary(runs.fresh) };
}
