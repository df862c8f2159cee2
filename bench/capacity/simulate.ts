import { percentiles } from '../statistics.js';
import { MINUTES, poisson, seeded, tenants } from './tenants.js';

export interface Simulated {
  readonly tenants: number;
  readonly challengesPerDay: number;
  readonly meanPerSecond: number;
  /** Of the minutes of the day. */
  readonly p99PerSecond: number;
  readonly peakPerSecond: number;
  readonly largestTenantShare: number;
  /** Challenges that the default limit of a tenant's configuration would refuse. */
  readonly refusedByTenantLimit: number;
  /** The busiest of so many databases, tenants assigned by hash, over the mean of all, in the day. */
  readonly largestShard: Readonly<Record<number, number>>;
}

/** The default of `issuance.perTenant`. */
const TENANT_LIMIT_PER_MINUTE = 6_000;
const SHARDS = [2, 4, 16] as const;
const SEED = 20_260_101;

/** A day, minute by minute, of so many tenants that make so many challenges together. */
export function simulate(tenantCount: number, challengesPerDay: number): Simulated {
  const random = seeded(SEED);
  const all = tenants(tenantCount, random);
  const minutes = new Float64Array(MINUTES);
  const ofTenant = new Float64Array(tenantCount);
  let refused = 0;
  all.forEach(({ share, load }, index) => {
    const perMinute = (share * challengesPerDay) / MINUTES;
    for (let minute = 0; minute < MINUTES; minute += 1) {
      const asked = poisson(perMinute * load(minute), random);
      const issued = Math.min(asked, TENANT_LIMIT_PER_MINUTE);
      refused += asked - issued;
      minutes[minute]! += issued;
      ofTenant[index]! += issued;
    }
  });
  const issued = ofTenant.reduce((sum, count) => sum + count, 0);
  const rates = [...minutes].map((count) => count / 60);
  const homes = all.map(() => random());
  const [p99PerSecond = NaN, peakPerSecond = NaN] = percentiles(rates, [0.99, 1]);
  return {
    tenants: tenantCount,
    challengesPerDay: issued,
    meanPerSecond: issued / MINUTES / 60,
    p99PerSecond,
    peakPerSecond,
    largestTenantShare: Math.max(...ofTenant) / issued,
    refusedByTenantLimit: refused,
    largestShard: Object.fromEntries(
      SHARDS.map((shards) => {
        const sums = new Float64Array(shards);
        homes.forEach((home, index) => (sums[Math.floor(home * shards)]! += ofTenant[index]!));
        return [shards, (Math.max(...sums) * shards) / issued];
      }),
    ),
  };
}
