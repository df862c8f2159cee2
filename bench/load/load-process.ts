import { runClosedLoop } from './closed-loop.js';
import { runOpenLoop } from './open-loop.js';
import type { LoadJob } from './protocol.js';

/** Does one job after another, each as it comes over the channel. */
process.on('message', ({ number, job }: { number: number; job: LoadJob }) => {
  const { rate } = job;
  const running = rate === undefined ? runClosedLoop(job) : runOpenLoop({ ...job, rate });
  running.then(
    (result) => process.send?.({ number, result }),
    (error: unknown) =>
      process.send?.({ number, error: error instanceof Error ? error.message : String(error) }),
  );
});
// Between jobs nothing else keeps this process alive.
process.channel?.ref();
console.log('listening');
