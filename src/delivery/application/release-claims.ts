import { Injectable } from '@nestjs/common';
import { Transactor } from '../../shared/transactor.js';
import { ClaimLedger } from './claim-ledger.js';
import { type Claim, DeliveryStore } from './delivery-store.js';

/** Gives claims back before their lease is over, so that nobody need wait for it. */
@Injectable()
export class ReleaseClaims {
  constructor(
    private readonly transactor: Transactor,
    private readonly deliveries: DeliveryStore,
    private readonly ledger: ClaimLedger,
  ) {}

  async execute(claims: readonly Claim[]): Promise<void> {
    for (const tenant of new Set(claims.map((claim) => claim.tenant))) {
      const own = claims.filter((claim) => claim.tenant === tenant);
      await this.transactor.inTenant(tenant, (tx) => {
        this.deliveries.release(tx, own);
        return Promise.resolve();
      });
      for (const claim of own) this.ledger.remove(claim);
    }
  }
}
