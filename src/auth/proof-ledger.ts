import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Transactor } from '../shared/transactor.js';

/** Far longer than a proof is accepted for, so that clocks which differ cannot bring a used one back. */
const REMEMBER_SECONDS = 300;

/**
 * Remembers which DPoP proofs were used, for every process at once: a row of the tenant's counters each, committed
 * before the request goes on (RFC 9449, section 11.1).
 */
@Injectable()
export class ProofLedger {
  constructor(private readonly transactor: Transactor) {}

  /** True the first time that the key's proof of this `jti` comes; false ever after. */
  async spend(tenant: string, key: Buffer, jti: string): Promise<boolean> {
    const proof = createHash('sha256').update('dpop').update(key).update(jti).digest();
    const rows = await this.transactor.inTenant(tenant, (tx) =>
      tx.rows({
        name: 'proof-spend',
        text: `INSERT INTO limit_counter AS used (tenant_id, key, count, window_ends_at)
          VALUES ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
          ON CONFLICT (tenant_id, key) DO UPDATE SET window_ends_at = excluded.window_ends_at
            WHERE used.window_ends_at <= clock_timestamp()
          RETURNING key`,
        values: [tenant, proof, REMEMBER_SECONDS],
      }),
    );
    return rows.length === 1;
  }
}
