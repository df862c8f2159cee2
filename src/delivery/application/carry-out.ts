import { Injectable, Logger } from '@nestjs/common';
import { TemplateError } from '../../template/template-error.js';
import type { AttemptOutcome } from '../domain/conclude.js';
import type { Attempt } from './attempt.js';
import { Channels } from './channels.js';
import { composeEmail, composeSms } from './compose.js';
import { type Provider, ProviderError, type Receipt } from './provider.js';

/** How long a provider that ignores its signal is still listened to. */
const GRACE_MS = 500;

/** Renders an attempt's message and hands it to the provider whose turn it is. Never throws. */
@Injectable()
export class CarryOut {
  private readonly log = new Logger('Delivery');

  constructor(private readonly channels: Channels) {}

  async execute(attempt: Attempt, signal: AbortSignal): Promise<AttemptOutcome> {
    const { refusals } = attempt;
    try {
      if (attempt.message.channel === 'EMAIL') {
        return await this.handOver(attempt, this.channels.emailAfter(refusals), composeEmail, signal);
      }
      return await this.handOver(attempt, this.channels.smsAfter(refusals), composeSms, signal);
    } catch (error) {
      return this.unrendered(error, attempt);
    }
  }

  private async handOver<Message>(
    attempt: Attempt,
    provider: Provider<Message> | undefined,
    compose: (attempt: Attempt) => Message,
    signal: AbortSignal,
  ): Promise<AttemptOutcome> {
    if (!provider) return { kind: 'TRANSIENT', detail: 'no-provider' };
    const message = compose(attempt);
    try {
      const { providerMessageId } = await untilAborted(provider.send(message, signal), signal);
      return { kind: 'SENT', providerMessageId };
    } catch (error) {
      return this.outcomeOf(error, attempt, provider.recognisesRepeats);
    }
  }

  /** Nothing was handed over: a template that took too long may have had a busy machine, any other stays as it is. */
  private unrendered(error: unknown, { deliveryId }: Attempt): AttemptOutcome {
    const code = error instanceof TemplateError ? error.code : 'unexpected';
    this.log.error({ msg: 'a template could not be rendered', deliveryId, code }, framesOf(error));
    if (code === 'too-complex') return { kind: 'TRANSIENT', detail: 'render-too-complex' };
    return { kind: 'PERMANENT', detail: `render-${code}`, reason: 'TEMPLATE_UNUSABLE' };
  }

  private outcomeOf(error: unknown, attempt: Attempt, repeatable: boolean): AttemptOutcome {
    if (!(error instanceof ProviderError)) {
      this.log.error(
        { msg: 'a provider failed in a way of its own', deliveryId: attempt.deliveryId },
        framesOf(error),
      );
      return { kind: 'UNKNOWN', detail: 'unexpected', repeatable };
    }
    const { kind, detail } = error;
    switch (kind) {
      case 'PERMANENT':
        return { kind, detail };
      case 'UNKNOWN':
        return { kind, detail, repeatable };
      case 'TRANSIENT': {
        const another = this.channels.hasAnother(attempt.message.channel, attempt.refusals);
        const { retryAfterMs } = error;
        return { kind, detail, another, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
      }
    }
  }
}

/** Where an error comes from. Its message may quote a recipient or a secret. */
function framesOf(error: unknown): string {
  const { name, stack = '' } = error as Error;
  return [name, ...stack.split('\n').filter((line) => /^\s+at /.test(line))].join('\n');
}

/** A provider that does not heed its signal must not outlive its lease. */
async function untilAborted(sending: Promise<Receipt>, signal: AbortSignal): Promise<Receipt> {
  let timer: NodeJS.Timeout | undefined;
  const ignored = new Promise<never>((_, reject) => {
    const giveUp = (): void => {
      timer = setTimeout(() => {
        reject(new ProviderError('UNKNOWN', 'timeout'));
      }, GRACE_MS);
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([sending, ignored]);
  } finally {
    clearTimeout(timer);
  }
}
