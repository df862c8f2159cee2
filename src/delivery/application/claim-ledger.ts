import type { Claim } from './delivery-store.js';

/** The claims of this process that it has not begun, so that they can be given back when it ends. */
export class ClaimLedger {
  private readonly held = new Map<string, { readonly claim: Claim; readonly until: number }>();

  add(claims: readonly Claim[], leaseMs: number): void {
    const now = performance.now();
    for (const [key, { until }] of this.held) {
      if (until > now) break; // in the order of their leases
      this.held.delete(key);
    }
    for (const claim of claims) this.held.set(keyOf(claim), { claim, until: now + leaseMs });
  }

  remove(claim: Claim): void {
    this.held.delete(keyOf(claim));
  }

  /** Whose it is, while it is held. */
  tenantOf(claim: Pick<Claim, 'id' | 'fence'>): string | undefined {
    return this.held.get(keyOf(claim))?.claim.tenant;
  }

  /** What is left. */
  all(): readonly Claim[] {
    return [...this.held.values()].map(({ claim }) => claim);
  }
}

function keyOf({ id, fence }: Pick<Claim, 'id' | 'fence'>): string {
  return `${id}:${fence}`;
}
