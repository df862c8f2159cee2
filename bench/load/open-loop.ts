import { Connection } from './connection.js';
import { type Flow, flowsOf, type Outgoing } from './flows.js';
import type { LoadJob, LoadResult } from './protocol.js';
import { Tally } from './tally.js';

interface Lane {
  readonly connection: Connection;
  readonly flow: Flow;
  input: unknown;
}

/**
 * Sends at fixed times, whatever becomes of what was sent before. A request's latency counts from when it was due,
 * so that one which had to wait for a connection is not flattered (coordinated omission).
 */
export async function runOpenLoop(job: LoadJob & { readonly rate: number }): Promise<LoadResult> {
  const tally = new Tally(job.tellTimes ?? false);
  const newFlow = flowsOf(job.source);
  const idle = Array.from({ length: job.connections }, (): Lane => ({
    connection: new Connection(job.url, job.token),
    flow: newFlow(),
    input: undefined,
  }));
  const lanes = [...idle];
  const from = performance.now();
  const total = Math.floor(job.seconds * job.rate);
  const dueAt = (index: number): number => from + (index * 1_000) / job.rate;
  let sent = 0;
  let underWay = 0;
  await new Promise<void>((resolve) => {
    const begin = (lane: Lane): boolean => {
      const { value: request } = lane.flow.next(lane.input) as { value: Outgoing | undefined };
      if (!request) return false;
      const due = dueAt(sent);
      sent += 1;
      underWay += 1;
      lane.connection.send(request, ({ outcome, body }) => {
        tally.add(request, outcome, performance.now() - due);
        underWay -= 1;
        lane.input = body;
        idle.push(lane);
      });
      return true;
    };
    const tick = (): void => {
      const now = performance.now();
      const over = now >= from + job.seconds * 1_000;
      while (!over && sent < total && dueAt(sent) <= now && idle.length > 0)
        // The one that was used last, as a pool does: no more connections are opened than it takes.
        if (!begin(idle.pop()!)) sent = total;
      if (over || sent >= total) {
        if (underWay === 0) {
          clearInterval(timer);
          resolve();
        }
      }
    };
    const timer = setInterval(tick, 1);
  });
  tally.unsent = Math.max(0, total - sent);
  const seconds = (performance.now() - from) / 1_000;
  await Promise.all(lanes.map(({ connection }) => connection.close()));
  return tally.result(seconds);
}
