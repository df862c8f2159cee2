import { type KeyObject, X509Certificate } from 'node:crypto';
import { ExpiringCache } from '../../auth/expiring-cache.js';
import { AppError } from '../../shared/app-error.js';
import type { SnsClient } from './sns-client.js';

const KEPT = 16;
const KEEP_MS = 86_400_000;
const WINDOW_MS = 60_000;
const MAX_FETCHES = 10;

/**
 * The public keys of Amazon SNS by the address of their certificates: kept for a day, and fetched at most ten times
 * a minute, since whoever posts a receipt names the address.
 */
export class SnsCertificates {
  private readonly keys = new ExpiringCache<KeyObject>(KEPT);
  private readonly underWay = new Map<string, Promise<KeyObject | undefined>>();
  private window = { endsAt: 0, fetches: 0 };

  constructor(private readonly client: SnsClient) {}

  /** The key; undefined when there is no certificate at the address. Throws `unavailable` when nobody can tell now. */
  async keyAt(url: string): Promise<KeyObject | undefined> {
    const known = this.keys.get(url, Date.now()) ?? this.underWay.get(url);
    if (known) return await known;
    const fetched = this.fetch(url);
    this.underWay.set(url, fetched);
    try {
      return await fetched;
    } finally {
      this.underWay.delete(url);
    }
  }

  private async fetch(url: string): Promise<KeyObject | undefined> {
    this.countFetch(Date.now());
    const pem = await this.client.get(url);
    const key = pem === undefined ? undefined : publicKeyOf(pem);
    if (key) this.keys.set(url, key, Date.now() + KEEP_MS);
    return key;
  }

  private countFetch(now: number): void {
    if (this.window.endsAt <= now) this.window = { endsAt: now + WINDOW_MS, fetches: 0 };
    this.window.fetches += 1;
    if (this.window.fetches > MAX_FETCHES) {
      const retryAfterSeconds = Math.ceil((this.window.endsAt - now) / 1_000);
      throw new AppError('unavailable', {
        detail: 'Too many certificates were asked for.',
        retryAfterSeconds,
      });
    }
  }
}

/** The RSA key of a certificate that is valid today. */
function publicKeyOf(pem: string): KeyObject | undefined {
  try {
    const { publicKey, validFrom, validTo } = new X509Certificate(pem);
    const isValid = Date.parse(validFrom) <= Date.now() && Date.now() <= Date.parse(validTo);
    return isValid && publicKey.asymmetricKeyType === 'rsa' ? publicKey : undefined;
  } catch {
    return undefined; // no certificate: what it was to prove is not proven
  }
}
