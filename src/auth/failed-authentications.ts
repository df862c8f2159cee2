import { Injectable } from '@nestjs/common';
import { AppError } from '../shared/app-error.js';
import { sourceOf } from '../shared/source-address.js';

const WINDOW_MS = 60_000;
const MAX_FAILURES = 100;
const ADDRESSES_REMEMBERED = 10_000;

/**
 * Counts failed authentications a source address and minute: 100, then they are answered `rate-limited`. An
 * IPv6 address counts as its /64 network. The oldest addresses are forgotten when there are over 10,000.
 */
@Injectable()
export class FailedAuthentications {
  private readonly windows = new Map<string, { endsAt: number; failures: number }>();

  /** Counts one; returns how many there were in this minute, itself included. */
  record(address: string, now = Date.now()): number {
    const source = sourceOf(address);
    const window = this.windows.get(source);
    if (window && window.endsAt > now) return (window.failures += 1);
    this.windows.delete(source);
    this.windows.set(source, { endsAt: now + WINDOW_MS, failures: 1 });
    const oldest = this.windows.keys().next();
    if (this.windows.size > ADDRESSES_REMEMBERED && !oldest.done) this.windows.delete(oldest.value);
    return 1;
  }

  /** How many more an address may have in how many seconds. */
  left(address: string, now = Date.now()): { readonly failures: number; readonly seconds: number } {
    const window = this.windows.size === 0 ? undefined : this.windows.get(sourceOf(address));
    if (!window || window.endsAt <= now) return { failures: MAX_FAILURES, seconds: WINDOW_MS / 1_000 };
    return {
      failures: Math.max(0, MAX_FAILURES - window.failures),
      seconds: Math.ceil((window.endsAt - now) / 1_000),
    };
  }

  /** Throws `rate-limited` when the address has used up its failures of this minute. */
  refuseIfExhausted(address: string, now = Date.now()): void {
    if (this.windows.size === 0) return;
    const window = this.windows.get(sourceOf(address));
    if (!window || window.endsAt <= now || window.failures < MAX_FAILURES) return;
    throw new AppError('rate-limited', {
      detail: 'Too many requests that could not be authenticated came from this address',
      retryAfterSeconds: Math.ceil((window.endsAt - now) / 1_000),
      members: {
        limit: { per: 'FAILED_AUTHENTICATIONS', max: MAX_FAILURES, windowSeconds: WINDOW_MS / 1_000 },
      },
    });
  }
}
