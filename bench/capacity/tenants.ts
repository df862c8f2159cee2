/** Numbers of [0, 1) that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How tenants differ in size: the share of the n-th largest falls with n to this power (Zipf). */
const SKEW = 1.1;
/** How much a tenant's day differs from its mean, and how much of the night is left. */
const DAY = 0.8;
/** A campaign makes so many times the traffic for so long; a tenant has one on so many days. */
const CAMPAIGN = { times: 10, minutes: 10, perDay: 0.1 };
export const MINUTES = 1_440;

export interface Tenant {
  /** Of all challenges of a day. */
  readonly share: number;
  /** Challenges expected in a minute of the day, over those of its mean minute. */
  readonly load: (minute: number) => number;
}

/** So many tenants, skewed, each with a day of its own: most in one time zone, campaigns now and then. */
export function tenants(count: number, random: () => number): Tenant[] {
  const weights = Array.from({ length: count }, (_, rank) => 1 / (rank + 1) ** SKEW);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => {
    // Three in four are at home around the same meridian.
    const shift = random() < 0.75 ? (random() - 0.5) * 120 : random() * MINUTES;
    const campaignAt = random() < CAMPAIGN.perDay ? random() * MINUTES : Infinity;
    return {
      share: weight / sum,
      load: (minute) => {
        const day = 1 - DAY * Math.cos((2 * Math.PI * (minute - shift)) / MINUTES);
        const isCampaign = minute >= campaignAt && minute < campaignAt + CAMPAIGN.minutes;
        return day * (isCampaign ? CAMPAIGN.times : 1);
      },
    };
  });
}

/** How often something happens that is expected so often (Poisson; from 50 on its normal approximation). */
export function poisson(mean: number, random: () => number): number {
  if (mean >= 50) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
  let count = 0;
  for (let product = random(); product > Math.exp(-mean); product *= random()) count += 1;
  return count;
}
