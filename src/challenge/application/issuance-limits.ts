import { Injectable } from '@nestjs/common';
import type { Configuration } from '../../config/domain/configuration.js';
import type { Policy } from '../../policy/domain/policy.js';
import { sourceOf } from '../../shared/source-address.js';
import type { Transaction } from '../../shared/transactor.js';
import { IdentityIndex } from '../crypto/identity-index.js';
import { type Decision, granted, refused } from '../domain/decision.js';
import type { EndUser } from '../domain/end-user.js';
import { type ExceededLimit, LimitCounters, type Reservation } from './limit-counters.js';
import { SharedCounters } from './shared-counters.js';

/** Whom a new challenge is counted against. */
export interface Counted {
  readonly recipientIndexes: readonly Buffer[] | null;
  readonly subject?: string | undefined;
  readonly client?: EndUser | undefined;
}

/** The limits a new challenge is counted against: the configuration's and the policy's. */
@Injectable()
export class IssuanceLimits {
  constructor(
    private readonly index: IdentityIndex,
    private readonly counters: LimitCounters,
    private readonly shared: SharedCounters,
  ) {}

  /** Takes one of each limit about a person; or none, and refuses with `rate-limited`. */
  async reserve(
    tx: Transaction,
    policy: Policy,
    configuration: Configuration,
    counted: Counted,
  ): Promise<Decision<readonly Reservation[]>> {
    const reservations = this.reservations(tx.tenant, [
      {
        per: 'RECIPIENT',
        ...configuration.issuance.perRecipient,
        value: valueOf('RECIPIENT', counted),
        owner: '',
      },
      ...policy.conditions.limits.map((limit) => ({
        ...limit,
        value: valueOf(limit.per, counted),
        owner: policy.id,
      })),
    ]);
    const exceeded = await this.counters.reserve(tx, reservations);
    return exceeded ? rateLimited(exceeded) : granted(reservations);
  }

  /** Gives back what this transaction reserved. */
  release(tx: Transaction, reservations: readonly Reservation[]): void {
    this.counters.release(tx, reservations);
  }

  /** Takes one of each limit that the tenant's requests share; or none, and refuses with `rate-limited`. To be taken last. */
  async takeShared(tenant: string, policy: Policy, configuration: Configuration): Promise<Decision<null>> {
    const reservations = this.reservations(tenant, [
      { per: 'TENANT', ...configuration.issuance.perTenant, value: '', owner: '' },
      ...policy.conditions.limits
        .filter(({ per }) => per === 'POLICY')
        .map((limit) => ({ ...limit, value: '', owner: policy.id })),
    ]);
    const exceeded = await this.shared.take(tenant, reservations);
    return exceeded ? rateLimited(exceeded) : granted(null);
  }

  /** Limits that count the same thing over the same window are one, the stricter. */
  private reservations(tenant: string, limits: readonly Limit[]): Reservation[] {
    const byKey = new Map<string, Reservation>();
    for (const { per, max, windowSeconds, value, owner } of limits) {
      if (value === undefined) continue;
      const keys = this.index.ofLimit(tenant, [owner, per, String(windowSeconds)], value);
      const name = keys.map((key) => key.toString('hex')).join();
      const same = byKey.get(name);
      byKey.set(name, { per, keys, windowSeconds, max: Math.min(max, same?.max ?? max) });
    }
    return [...byKey.values()];
  }
}

interface Limit {
  readonly per: Reservation['per'];
  readonly max: number;
  readonly windowSeconds: number;
  /** Whom it counts; a limit about someone unknown does not apply. */
  readonly value: string | readonly Buffer[] | undefined;
  /** The policy it belongs to; empty for the configuration's. */
  readonly owner: string;
}

function rateLimited({ reservation, retryAfterSeconds }: ExceededLimit): Decision<never> {
  const { per, max, windowSeconds } = reservation;
  return refused('rate-limited', {
    detail: `At most ${max} ${max === 1 ? 'challenge' : 'challenges'} in ${windowSeconds} s per ${per.toLowerCase().replace('_', ' ')}.`,
    retryAfterSeconds,
    members: { limit: { per, max, windowSeconds } },
  });
}

/** Whom a limit counts; undefined for those that requests share. */
function valueOf(per: Reservation['per'], counted: Counted): string | readonly Buffer[] | undefined {
  switch (per) {
    case 'RECIPIENT':
      return counted.recipientIndexes ?? undefined;
    case 'SUBJECT':
      return counted.subject;
    case 'CLIENT_IP':
      return counted.client?.ip === undefined ? undefined : sourceOf(counted.client.ip);
    case 'CLIENT_ID':
      return counted.client?.id;
    case 'POLICY':
    case 'TENANT':
      return undefined;
  }
}
