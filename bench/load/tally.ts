import { percentiles } from '../statistics.js';
import type { Outgoing } from './flows.js';
import type { LoadResult } from './protocol.js';

/** Counts what comes back; keeps every latency, so percentiles are exact. */
export class Tally {
  lives = 0;
  unsent = 0;
  private readonly latencies: number[] = [];
  private readonly unexpected: Record<string, number> = {};
  private readonly times: Record<string, number> = {};

  constructor(private readonly tellTimes: boolean) {}

  add(request: Outgoing, outcome: number | string, latencyMs: number): void {
    if (outcome !== request.expect) {
      this.unexpected[outcome] = (this.unexpected[outcome] ?? 0) + 1;
      return;
    }
    this.latencies.push(latencyMs);
    if (request.path.endsWith('/complete')) this.lives += 1;
    if (this.tellTimes && request.recipient !== undefined)
      this.times[request.recipient] = performance.timeOrigin + performance.now();
  }

  result(seconds: number): LoadResult {
    const [p50 = NaN, p99 = NaN, max = NaN] = percentiles(this.latencies, [0.5, 0.99, 1]);
    return {
      seconds,
      answered: this.latencies.length,
      latency: { p50, p99, max },
      unexpected: this.unexpected,
      lives: this.lives,
      unsent: this.unsent,
      ...(this.tellTimes ? { times: this.times } : {}),
    };
  }
}
