import { setTimeout as delay } from 'node:timers/promises';
import type { Resealing, SealedRow } from '../../keys/resealing.js';
import type { SealedColumn } from '../../keys/sealed-column.js';

/** What became of the rows of a column. */
export interface Rotated {
  readonly sealed: number;
  readonly unreadable: number;
  /** Held by other transactions at each try. */
  readonly busy: number;
}

const START: SealedRow = { tenant: '', name: '' };
/** Other transactions hold a row for milliseconds; in one that takes longer, something is stuck. */
const TRIES = 20;
const PAUSE_MS = 250;

/** Walks a column until nothing is left that the first key did not seal. What a run that was cut off has sealed stays sealed. */
export class RotateKeys {
  constructor(
    private readonly resealing: Resealing,
    private readonly batch: number,
    private readonly progress: (line: string) => void,
  ) {}

  async execute(column: SealedColumn, stopping: AbortSignal): Promise<Rotated> {
    let sealed = 0;
    for (let attempt = 1; ; attempt += 1) {
      const walked = await this.walk(column, sealed, stopping);
      sealed += walked.sealed;
      if (walked.busy === 0 || attempt === TRIES || stopping.aborted) return { ...walked, sealed };
      await delay(PAUSE_MS, undefined, { signal: stopping }).catch(() => undefined);
    }
  }

  private async walk(column: SealedColumn, before: number, stopping: AbortSignal): Promise<Rotated> {
    const total = { sealed: 0, unreadable: 0, busy: 0 };
    for (let after = START; !stopping.aborted;) {
      const page = await this.resealing.list(column, after, this.batch);
      const last = page.at(-1);
      if (!last) break;
      for (const [tenant, names] of namesByTenant(page)) {
        const { sealed, unreadable } = await this.resealing.reseal(column, tenant, names);
        total.sealed += sealed;
        total.unreadable += unreadable;
        total.busy += names.length - sealed - unreadable;
      }
      this.progress(`${column.subject}: ${before + total.sealed} sealed again`);
      after = last;
    }
    return total;
  }
}

function namesByTenant(rows: readonly SealedRow[]): Map<string, string[]> {
  const byTenant = new Map<string, string[]>();
  for (const { tenant, name } of rows) {
    const names = byTenant.get(tenant);
    if (names) names.push(name);
    else byTenant.set(tenant, [name]);
  }
  return byTenant;
}
