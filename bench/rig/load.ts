import type { Child } from '../../scripts/quickstart/child.js';
import type { LoadJob, LoadResult } from '../load/protocol.js';
import type { Belongings } from './belongings.js';
import { listeningAt, startNodeProcess } from './node-process.js';

interface Reply {
  readonly number: number;
  readonly result?: LoadResult;
  readonly error?: string;
}

/** The load generator: a process of its own. */
export class Load {
  private jobs = 0;

  private constructor(private readonly child: Child) {}

  static async start(belongings: Belongings): Promise<Load> {
    const child = startNodeProcess(
      'Load generator',
      new URL('../load/load-process.js', import.meta.url),
      {},
      belongings,
    );
    await listeningAt(child);
    return new Load(child);
  }

  async run(job: LoadJob): Promise<LoadResult> {
    const number = (this.jobs += 1);
    const { process } = this.child;
    const replied = new Promise<LoadResult>((resolve, reject) => {
      const hear = (reply: Reply): void => {
        if (reply.number !== number) return;
        process.off('message', hear);
        if (reply.result) resolve(reply.result);
        else reject(new Error(reply.error));
      };
      process.on('message', hear);
    });
    process.send({ number, job });
    return await this.child.whileRunning(replied, (job.seconds + 60) * 1_000);
  }
}
