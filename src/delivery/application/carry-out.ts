import { Injectable, Logger } from '@nestjs/common';
import { TemplateError } from '../../template/template-error.js';
import type { AttemptOutcome } from '../domain/conclude.js';
import type { Attempt } from './attempt.js';
import { Channels } from './channels.js';
import { composeEmail, composeSms } from './compose.js';
import { type Provider, ProviderError } from './provider.js';

/** Renders an attempt's message and hands it to the attempt's provider. Never throws. */
@Injectable()
export class CarryOut {
  private readonly log = new Logger('Delivery');

  constructor(private readonly channels: Channels) {}

  async execute(attempt: Attempt, signal: AbortSignal): Promise<AttemptOutcome> {
    const { provider } = attempt;
    try {
      if (attempt.message.channel === 'EMAIL') {
        return await this.handOver(attempt, this.channels.email(provider), composeEmail, signal);
      }
      return await this.handOver(attempt, this.channels.sms(provider), composeSms, signal);
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
    const { unsure, onlyAsks } = attempt;
    if (unsure?.provider === attempt.provider) {
      const mayRepeat = !onlyAsks && (unsure.isLost || provider.recognisesRepeats);
      const settled = await this.lookUp(attempt, provider, message, mayRepeat, signal);
      if (settled) return settled;
    }
    try {
      const { providerMessageId } = await provider.send(message, signal);
      return { kind: 'SENT', providerMessageId };
    } catch (error) {
      return this.outcomeOf(error, attempt, provider);
    }
  }

  /**
   * What is found out about earlier attempts before one more is made; undefined when it is to be made. A provider
   * that would send a repeat again gets none of a message that it may have, unless its worker was lost with it.
   */
  private async lookUp<Message>(
    { deliveryId }: Attempt,
    provider: Provider<Message>,
    message: Message,
    mayRepeat: boolean,
    signal: AbortSignal,
  ): Promise<AttemptOutcome | undefined> {
    try {
      const found = await provider.lookUp?.(message, signal);
      if (found) return { kind: 'SENT', providerMessageId: found.providerMessageId };
    } catch (error) {
      const isExpected = error instanceof ProviderError;
      if (!isExpected)
        this.log.error({ msg: 'a provider failed in a way of its own', deliveryId }, framesOf(error));
      const detail = `look-up-${isExpected ? error.detail : 'unexpected'}`;
      return mayRepeat
        ? { kind: 'TRANSIENT', detail }
        : { kind: 'UNKNOWN', detail, repeatable: false, lookUp: true };
    }
    return mayRepeat ? undefined : { kind: 'UNKNOWN', detail: 'not-listed', repeatable: false };
  }

  /** Nothing was handed over: a template that took too long may have had a busy machine, any other stays as it is. */
  private unrendered(error: unknown, { deliveryId }: Attempt): AttemptOutcome {
    const code = error instanceof TemplateError ? error.code : 'unexpected';
    this.log.error({ msg: 'a template could not be rendered', deliveryId, code }, framesOf(error));
    if (code === 'too-complex') return { kind: 'TRANSIENT', detail: 'render-too-complex' };
    return { kind: 'PERMANENT', detail: `render-${code}`, reason: 'TEMPLATE_UNUSABLE' };
  }

  private outcomeOf<Message>(error: unknown, attempt: Attempt, provider: Provider<Message>): AttemptOutcome {
    const unknown = {
      kind: 'UNKNOWN',
      repeatable: provider.recognisesRepeats,
      lookUp: provider.lookUp !== undefined,
    } as const;
    if (!(error instanceof ProviderError)) {
      this.log.error(
        { msg: 'a provider failed in a way of its own', deliveryId: attempt.deliveryId },
        framesOf(error),
      );
      return { ...unknown, detail: 'unexpected' };
    }
    const { kind, detail } = error;
    switch (kind) {
      case 'PERMANENT':
        return { kind, detail };
      case 'UNKNOWN':
        return { ...unknown, detail };
      case 'TRANSIENT': {
        const another = this.hasAnother(attempt);
        const { retryAfterMs } = error;
        return { kind, detail, another, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
      }
    }
  }

  /** Whether the repeat goes to another provider, so that it need not wait for this one. */
  private hasAnother({ unsure, message: { channel }, refusedBy, provider }: Attempt): boolean {
    if (unsure && this.channels.tellsRepeats(channel, unsure.provider)) return false;
    return this.channels.hasAnother(channel, [...refusedBy, provider]);
  }
}

/** Where an error comes from. Its message may quote a recipient or a secret. */
function framesOf(error: unknown): string {
  const { name, stack = '' } = error as Error;
  return [name, ...stack.split('\n').filter((line) => /^\s+at /.test(line))].join('\n');
}
