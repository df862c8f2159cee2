import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { type Acs, startAcs } from './acs.js';
import { ChaosProvider } from './chaos-provider.js';
import { CoreDatabase } from './core-database.js';
import { SOAK } from './core-proof.js';
import { eventually } from './eventually.js';

const EXIT_MS = 25_000;
/** How many workers leave. */
export const LEAVERS = SOAK ? 20 : 1;
const CONCURRENCY = 2;

interface Held {
  readonly id: string;
  readonly due_at: Date;
}

/** What a worker has claimed and not begun. */
const HELD = `SELECT id, due_at FROM delivery
  WHERE status = 'PENDING' AND attempts = 0 AND fence > 0 AND due_at > clock_timestamp()`;

/** Holds so many hand-overs before anything is sent, until the returned function is called. */
function holdHandOvers(provider: ChaosProvider): { readonly held: () => number; readonly letGo: () => void } {
  let held = 0;
  let letGo: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (letGo = resolve));
  provider.at = async (point) => {
    if (point !== 'before the message' || held === CONCURRENCY) return;
    held += 1;
    await gone;
  };
  return { held: () => held, letGo };
}

/**
 * The only worker leaves in the middle of its work. What it had claimed and not begun is free at once, for its
 * successor. Resolves with how many those were, and how long it took to end.
 */
async function leave(
  acs: Acs,
  provider: ChaosProvider,
  database: CoreDatabase,
): Promise<{ readonly givenBack: number; readonly tookMs: number }> {
  const handOvers = holdHandOvers(provider);
  await eventually(() => handOvers.held() === CONCURRENCY);
  let claimed: Held[] = [];
  await eventually(async () => (claimed = await database.rows<Held>(HELD)).length > 0);
  const askedAt = performance.now();
  const ended = acs.workers.shift()!.child.stop(EXIT_MS);
  const leases = new Map(claimed.map(({ id, due_at }) => [id, due_at]));
  await eventually(async () => {
    const unbegun = await database.rows<Held & { readonly due: boolean }>(
      `SELECT id, due_at, due_at <= clock_timestamp() AS due FROM delivery WHERE id = ANY($1) AND attempts = 0`,
      [...leases.keys()],
    );
    return unbegun.every(({ id, due_at, due }) => due && due_at < leases.get(id)!);
  });
  handOvers.letGo();
  expect(await ended).toBe(0);
  const tookMs = Math.round(performance.now() - askedAt);
  expect(await database.rows(HELD)).toEqual([]);
  expect(await database.rows(`SELECT FROM delivery WHERE status = 'SENDING'`)).toEqual([]);
  await acs.addWorker();
  return { givenBack: claimed.length, tookMs };
}

/** Workers leave under load, one after the other, and everything is sent, once. */
export async function leaveUnderLoad(withoutBull: boolean): Promise<void> {
  const provider = await ChaosProvider.start();
  const acs = await startAcs({
    withoutBull,
    workerEnv: {
      EMAIL_PROVIDERS: `smtp://127.0.0.1:${provider.port}?tls=off`,
      WORKER_CONCURRENCY: String(CONCURRENCY),
    },
  });
  const over = new AbortController();
  try {
    const database = new CoreDatabase(acs.database.superuserUrl);
    const recipients: string[] = [];
    const api = acs.api('acme');
    const creating = (async () => {
      while (!over.signal.aborted) {
        const recipient = `leaving-${recipients.length}@example.com`;
        const { status } = await api.createChallenge({ policyAlias: 'password-reset', recipient });
        expect(status).toBe(201);
        recipients.push(recipient);
        await delay(200);
      }
    })();
    const left: { readonly givenBack: number; readonly tookMs: number }[] = [];
    for (let round = 0; round < LEAVERS; round += 1) left.push(await leave(acs, provider, database));
    over.abort();
    await creating;
    await eventually(
      async () => (await database.rows('SELECT FROM delivery WHERE due_at IS NOT NULL')).length === 0,
    );
    const hands = [...provider.taken.values()];
    const counts = {
      mode: withoutBull ? 'direct' : 'bull',
      left: left.length,
      givenBack: left.reduce((sum, { givenBack }) => sum + givenBack, 0),
      longestToEndMs: Math.max(...left.map(({ tookMs }) => tookMs)),
      committed: recipients.length,
      sent: hands.length,
      duplicates: hands.flat().length - hands.length,
    };
    console.info(JSON.stringify(counts));
    expect(new Set(provider.taken.keys())).toEqual(new Set(recipients));
    expect(counts.duplicates).toBe(0);
    expect(await database.rows(`SELECT FROM delivery WHERE status <> 'SENT'`)).toEqual([]);
  } finally {
    over.abort();
    await acs.stop();
    await provider.stop();
  }
}
