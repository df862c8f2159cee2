import { setTimeout as delay } from 'node:timers/promises';
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

/**
 * Runs a task again and again, so many milliseconds after it last ended: never twice at once. A failure is logged
 * and the task tried again when it is due. As a provider it lives as long as the application.
 */
export class Periodic implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Periodic');
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly name: string,
    private readonly everyMs: number,
    private readonly task: (stopping: AbortSignal) => Promise<void>,
  ) {}

  onApplicationBootstrap(): void {
    this.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.stop();
  }

  /** Runs it at once, then periodically. */
  start(): void {
    this.running ??= this.run(this.stopping.signal);
  }

  /** Resolves when a run that is under way has ended; there will be no other. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.task(signal).catch((error: unknown) => {
        this.log.error(`Failed: ${this.name}`, error);
      });
      await delay(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
