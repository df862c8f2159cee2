import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '../../scripts/quickstart/child.js';
import type { Belongings } from '../rig/belongings.js';
import { listeningAt, startNodeProcess } from '../rig/node-process.js';
import type { Arrivals } from './sink-process.js';

const LOOK_EVERY_MS = 100;

/** An SMTP server in a process of its own. */
export class Sink {
  private constructor(
    private readonly child: Child,
    readonly port: number,
  ) {}

  static async start(belongings: Belongings): Promise<Sink> {
    const child = startNodeProcess(
      'SMTP sink',
      new URL('./sink-process.js', import.meta.url),
      {},
      belongings,
    );
    return new Sink(child, Number(await listeningAt(child)));
  }

  /** Resolves once so many have arrived, or when no more have for a while; with what has, which the sink forgets. */
  async take(expected: number, patienceMs = 15_000): Promise<Arrivals> {
    let seen = -1;
    let growing = performance.now();
    for (;;) {
      const { count } = await this.ask<{ count: number }>('count');
      if (count > seen) growing = performance.now();
      seen = count;
      if (count >= expected || performance.now() - growing > patienceMs) break;
      await delay(LOOK_EVERY_MS);
    }
    return (await this.ask<{ arrivals: Arrivals }>('take')).arrivals;
  }

  /** Takes connections and says nothing from now on, or answers again; what was asked meanwhile stays unanswered. */
  hang(hangs: boolean): void {
    this.child.process.send(hangs ? 'hang' : 'answer');
  }

  private async ask<T>(question: 'count' | 'take'): Promise<T> {
    const answer = once(this.child.process, 'message') as Promise<[T]>;
    this.child.process.send(question);
    return (await answer)[0];
  }
}
