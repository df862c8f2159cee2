import { Connection } from './connection.js';
import { flowsOf } from './flows.js';
import type { LoadJob, LoadResult } from './protocol.js';
import { Tally } from './tally.js';

/** Every connection sends its next request when the one before was answered, until the time or the requests are over. */
export async function runClosedLoop(job: LoadJob): Promise<LoadResult> {
  const tally = new Tally(job.tellTimes ?? false);
  const newFlow = flowsOf(job.source);
  const from = performance.now();
  const until = from + job.seconds * 1_000;
  const connections = Array.from({ length: job.connections }, () => new Connection(job.url, job.token));
  await Promise.all(
    connections.map(async (connection) => {
      await new Promise<void>((resolve) => {
        const flow = newFlow();
        const step = (input: unknown): void => {
          const { value: request } = flow.next(input);
          if (!request || performance.now() >= until) {
            resolve();
            return;
          }
          const sentAt = performance.now();
          connection.send(request, ({ outcome, body }) => {
            tally.add(request, outcome, performance.now() - sentAt);
            step(body);
          });
        };
        step(undefined);
      });
    }),
  );
  const seconds = (performance.now() - from) / 1_000;
  await Promise.all(connections.map((connection) => connection.close()));
  return tally.result(seconds);
}
