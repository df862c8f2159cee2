import { Logger } from '@nestjs/common';
import { type CompactJWSHeaderParameters, type CryptoKey, errors, type FlattenedJWSInput } from 'jose';
import type { Issuer } from '../environment/environment.js';
import { AppError } from '../shared/app-error.js';
import { fetchIssuerMetadata } from './issuer-metadata.js';
import { type KeySet, readKeySet } from './key-set.js';
import type { OutboundJson } from './outbound-json.js';

const FRESH_MS = 10 * 60_000;
/** From here on a refresh runs in the background, so that nobody waits for it while there is traffic. */
const REFRESH_AHEAD_MS = 8 * 60_000;
const STALE_MS = 24 * 60 * 60_000;
const REFETCH_EVERY_MS = 30_000;
const FIRST_FETCH_EVERY_MS = 2_000;

interface FoundKey {
  readonly key: CryptoKey;
  /** Of the key set that the key was found in. */
  readonly fingerprint: string;
}

/**
 * The keys of one issuer, fetched from its JWKS: fresh for 10 min, refetched for unknown keys at most once in
 * 30 s, and kept for 24 h while the endpoint fails. Fetches never overlap. No keys means `unavailable`.
 */
export class IssuerKeys {
  private readonly log = new Logger('IssuerKeys');
  private keySet: KeySet | undefined;
  private fetchedAt = -Infinity;
  private failedAt = -Infinity;
  private refetchedAt = -Infinity;
  private isDown = false;
  private pending: Promise<void> | undefined;
  private discovered: { readonly uri: string; readonly at: number } | undefined;

  constructor(
    private readonly issuer: Issuer,
    private readonly http: OutboundJson,
    private readonly now: () => number,
  ) {}

  /** The key for a token's header; rejects with jose's `JWKSNoMatchingKey` when the issuer has no such key. */
  async find(header: CompactJWSHeaderParameters, jws: FlattenedJWSInput): Promise<FoundKey> {
    const keySet = await this.current();
    try {
      return await findIn(keySet, header, jws);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await this.refetchForUnknownKey())) throw error;
      return findIn(this.keySet ?? keySet, header, jws);
    }
  }

  /** True while what was verified with the key set of this fingerprint may still be believed. */
  vouchesFor(fingerprint: string): boolean {
    return this.withoutWaiting()?.fingerprint === fingerprint;
  }

  private async current(): Promise<KeySet> {
    const ready = this.withoutWaiting();
    if (ready) return ready;
    if (this.pending ?? this.mayFetch()) await this.refresh();
    if (!this.keySet || this.age() >= STALE_MS) throw unavailable();
    return this.keySet;
  }

  /** The key set if it can be used at once; starts a refresh when one is due. */
  private withoutWaiting(): KeySet | undefined {
    const age = this.age();
    if (age < REFRESH_AHEAD_MS) return this.keySet;
    if (this.mayFetch()) void this.refresh();
    return age < FRESH_MS || (this.isDown && age < STALE_MS) ? this.keySet : undefined;
  }

  /** True when the key set was fetched again; false when the last refetch is too recent. */
  private async refetchForUnknownKey(): Promise<boolean> {
    const isDue = this.now() - this.refetchedAt >= REFETCH_EVERY_MS;
    if (isDue && !this.pending) this.refetchedAt = this.now();
    const fetches = isDue || this.pending !== undefined;
    if (fetches) await this.refresh();
    // While the endpoint is down nobody knows whether the key exists.
    if (this.isDown) throw unavailable();
    return fetches;
  }

  private age(): number {
    return this.now() - this.fetchedAt;
  }

  private mayFetch(): boolean {
    const pause = this.keySet ? REFETCH_EVERY_MS : FIRST_FETCH_EVERY_MS;
    return !this.pending && this.now() - this.failedAt >= pause;
  }

  /** Never rejects: a failure is remembered and what was fetched before stays. */
  private refresh(): Promise<void> {
    this.pending ??= this.fetch().finally(() => {
      this.pending = undefined;
    });
    return this.pending;
  }

  private async fetch(): Promise<void> {
    try {
      const { json } = await this.http.get(await this.jwksUri());
      this.keySet = readKeySet(json);
      this.fetchedAt = this.now();
      this.isDown = false;
    } catch (error) {
      this.failedAt = this.now();
      this.isDown = true;
      this.discovered = undefined;
      const reason = error instanceof Error ? error.message : 'unknown';
      this.log.warn({ msg: 'The keys of an issuer cannot be fetched', issuer: this.issuer.issuer, reason });
    }
  }

  private async jwksUri(): Promise<string> {
    if (this.issuer.jwksUri !== undefined) return this.issuer.jwksUri;
    if (!this.discovered || this.now() - this.discovered.at >= FRESH_MS) {
      const { jwksUri } = await fetchIssuerMetadata(this.issuer, this.http);
      if (jwksUri === undefined) throw new Error('The metadata names no jwks_uri');
      this.discovered = { uri: jwksUri, at: this.now() };
    }
    return this.discovered.uri;
  }
}

async function findIn(
  keySet: KeySet,
  header: CompactJWSHeaderParameters,
  jws: FlattenedJWSInput,
): Promise<FoundKey> {
  return { key: await keySet.find(header, jws), fingerprint: keySet.fingerprint };
}

function unavailable(): AppError {
  return new AppError('unavailable', {
    detail: 'The signing keys of the authorization server cannot be fetched',
    retryAfterSeconds: Math.ceil(FIRST_FETCH_EVERY_MS / 1_000),
  });
}
