import {
  type EmailMessage,
  type Provider,
  ProviderError,
  type Receipt,
} from '../../src/delivery/application/provider.js';

/** What a provider does with one message: answers, throws, or waits for the signal. */
export type Behaviour = (message: EmailMessage, signal: AbortSignal) => Promise<Receipt>;

export const accept: Behaviour = (message) =>
  Promise.resolve({ providerMessageId: `accepted-${message.deliveryId}` });

/** Never answers; ends only with its signal. */
export const hang: Behaviour = (_, signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new ProviderError('UNKNOWN', 'timeout'));
    });
  });

/** Messages that are accepted once they are let go, the oldest first. */
export class Holding {
  private readonly held: (() => void)[] = [];

  readonly behaviour: Behaviour = async (message, signal) => {
    await new Promise<void>((resolve) => this.held.push(resolve));
    return await accept(message, signal);
  };

  get count(): number {
    return this.held.length;
  }

  letGo(count = Infinity): void {
    for (const resolve of this.held.splice(0, count)) resolve();
  }

  /** Those that come meanwhile too. */
  async letAllGoUntil<T>(done: Promise<T>): Promise<T> {
    const timer = setInterval(() => {
      this.letGo();
    }, 10);
    return await done.finally(() => {
      clearInterval(timer);
    });
  }
}

/** A provider in this process that keeps what it is handed and behaves as told, the last behaviour for ever. */
export class RecordingProvider implements Provider<EmailMessage> {
  readonly received: EmailMessage[] = [];
  private readonly script: Behaviour[];

  constructor(
    script: readonly Behaviour[] = [accept],
    readonly name = 'recording',
    readonly recognisesRepeats = true,
  ) {
    this.script = [...script];
  }

  async send(message: EmailMessage, signal: AbortSignal): Promise<Receipt> {
    this.received.push(message);
    const behaviour = this.script.length > 1 ? this.script.shift() : this.script[0];
    return await (behaviour ?? accept)(message, signal);
  }

  /** How often a delivery was handed over. */
  times(deliveryId: string): number {
    return this.received.filter((message) => message.deliveryId === deliveryId).length;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
