import { randomBytes } from 'node:crypto';
import type { Child } from '../../scripts/quickstart/child.js';
import { makeEmptyDatabase } from '../rig/database.js';
import { installPeer } from '../rig/install-peer.js';
import { listeningAt, startNodeProcess } from '../rig/node-process.js';
import type { Rig } from '../rig/rig.js';
import { type Measured, type Run, runLoad, summary } from './measure.js';
import { createJob } from './rates.js';

export interface PeerResult {
  readonly product: Measured;
  readonly peer: Measured;
}

/** Creates beside better-auth's `send-verification-otp`, in turns, on the same PostgreSQL. Undefined where it cannot be had. */
export async function measurePeer(rig: Rig): Promise<PeerResult | undefined> {
  if (!installPeer(rig.say)) return undefined;
  const { options, api, server, belongings } = rig;
  const peer = await startPeer(await makeEmptyDatabase(server, belongings), rig);
  const runs = { product: [] as Run[], peer: [] as Run[] };
  for (let run = 0; run <= options.runs; run += 1) {
    const seconds = run === 0 ? options.warmUpSeconds : options.seconds;
    const { connections } = options;
    const product = await runLoad(rig, createJob(rig, seconds), api.child);
    const job = { url: peer.url, source: { kind: 'peer' as const }, connections, seconds };
    const other = await runLoad(rig, job, peer.child);
    if (run === 0) continue;
    runs.product.push(product);
    runs.peer.push(other);
  }
  await peer.child.stop();
  return { product: summary(runs.product), peer: summary(runs.peer) };
}

async function startPeer(databaseUrl: string, { belongings }: Rig): Promise<{ url: string; child: Child }> {
  const options = {
    databaseUrl,
    poolSize: Number(process.env['DATABASE_POOL_SIZE'] ?? 20),
    secret: randomBytes(32).toString('base64'),
  };
  const child = startNodeProcess(
    'better-auth',
    new URL('../../../bench/peer/better-auth-server.mjs', import.meta.url),
    { PEER: JSON.stringify(options), NODE_ENV: 'production' },
    belongings,
  );
  return { url: await listeningAt(child), child };
}
