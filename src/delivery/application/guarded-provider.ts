import { Logger } from '@nestjs/common';
import {
  admitted,
  afterRequest,
  afterSend,
  type Breaker,
  BREAKER_LIMITS,
  CLOSED,
  type SendResult,
  waitOf,
} from '../domain/breaker.js';
import { takePlace, takeTurn, waitForPlace } from '../domain/pace.js';
import { sendSeconds } from './delivery-metrics.js';
import { inCall } from './delivery-spans.js';
import { type Provider, ProviderError, ProviderUnreachable, type Receipt } from './provider.js';
import { untilAborted } from './until-aborted.js';

/** A provider and what is known of it in this process: whether it works, and how fast it may be used. */
export class GuardedProvider<Message> implements Provider<Message> {
  /** Where the provider can tell. It says nothing of how sending works, so the breaker takes no notice. */
  readonly lookUp?: NonNullable<Provider<Message>['lookUp']>;
  private readonly log = new Logger('Provider');
  private breaker: Breaker = CLOSED;
  private nextAt = 0;
  private heldAt = 0;

  constructor(
    private readonly inner: Provider<Message>,
    readonly name: string,
    private readonly ratePerSecond = Infinity,
    private readonly limits = BREAKER_LIMITS,
  ) {
    const lookUp = inner.lookUp?.bind(inner);
    if (lookUp)
      this.lookUp = (message, signal) =>
        inCall('ask provider', name, () => untilAborted(lookUp(message, signal), signal));
  }

  get recognisesRepeats(): boolean {
    return this.inner.recognisesRepeats;
  }

  /** It recognises a message that it may have as such, or can be asked whether it has it. */
  get tellsRepeats(): boolean {
    return this.recognisesRepeats || this.lookUp !== undefined;
  }

  get state(): Breaker['kind'] {
    return this.breaker.kind;
  }

  /** How long until it may be chosen; 0 for now. */
  get waitMs(): number {
    const now = performance.now();
    return Math.max(waitOf(this.breaker, now), waitForPlace(this.nextAt, now));
  }

  /** How long one that is held because of it should wait: each the longer, so that they come back in turn. */
  hold(): number {
    const now = performance.now();
    const { waitMs, heldAt } = takeTurn(this.heldAt, this.nextAt, now, this.ratePerSecond);
    this.heldAt = heldAt;
    return Math.max(waitOf(this.breaker, now), waitMs);
  }

  /** The right to one send, which is after so many milliseconds; undefined when it is not to be used now. */
  reserve(): number | undefined {
    const now = performance.now();
    if (this.waitMs > 0) return undefined;
    this.breaker = admitted(this.breaker, now, this.limits);
    const { at, nextAt } = takePlace(this.nextAt, now, this.ratePerSecond);
    this.nextAt = nextAt;
    return at - now;
  }

  async send(message: Message, signal: AbortSignal): Promise<Receipt> {
    const ended = sendSeconds.startTimer({ provider: this.name });
    try {
      const receipt = await inCall('call provider', this.name, () =>
        untilAborted(this.inner.send(message, signal), signal),
      );
      this.note('answered');
      return receipt;
    } catch (error) {
      this.note(resultOf(error), askedMsOf(error));
      throw error;
    } finally {
      ended();
    }
  }

  async close(): Promise<void> {
    await this.inner.close();
  }

  private note(result: SendResult, askedMs = 0): void {
    const now = performance.now();
    const before = this.breaker;
    this.breaker = afterRequest(afterSend(before, result, now, this.limits), askedMs, now, this.limits);
    if (this.breaker === before || this.breaker.kind === before.kind) return;
    const facts = { provider: this.name };
    if (this.breaker.kind === 'closed')
      this.log.log({ msg: 'the provider answers again and is used', ...facts });
    else {
      const probeInSeconds = Math.round(waitOf(this.breaker, now) / 1_000);
      const msg =
        askedMs > 0
          ? 'the provider asks for a wait and is left alone until a probe'
          : 'the provider fails and is left alone until a probe';
      this.log.warn({ msg, ...facts, probeInSeconds });
    }
  }
}

/** A refusal of one message for good asks nothing for the others. */
function askedMsOf(error: unknown): number | undefined {
  return error instanceof ProviderError && error.kind !== 'PERMANENT' ? error.retryAfterMs : undefined;
}

function resultOf(error: unknown): SendResult {
  if (error instanceof ProviderUnreachable) return 'unanswered';
  return error instanceof ProviderError && error.kind === 'PERMANENT' ? 'answered' : 'failed';
}
