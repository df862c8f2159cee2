import type { AuditActor, AuditTrail } from '../../audit/audit-trail.js';
import type { ChallengeRepository } from '../../challenge/application/challenge-repository.js';
import type { TransitionRecorder } from '../../challenge/application/transition-recorder.js';
import { cancel } from '../../challenge/domain/lifecycle.js';
import type { Transaction, Transactor } from '../../shared/transactor.js';
import type { RecipientPage, RecipientRows } from './recipient-rows.js';

/** What was removed, and what was cancelled before that; the counts that the audit row keeps. */
export interface ErasedRecipient {
  readonly cancelled: number;
  readonly challenges: number;
  readonly deliveries: number;
  readonly attempts: number;
  readonly counters: number;
}

/** What a recipient is known by in the tenant. */
export interface KnownRecipient {
  readonly indexes: readonly Buffer[];
  /** The keys of the counters of how much was sent to them. Failed answers are counted elsewhere, and stay. */
  readonly counterKeys: readonly Buffer[];
}

const PAGE = 20_000;
const CHUNK = 1_000;

/**
 * Removes what the tenant holds about a recipient. Open challenges are cancelled first, each as its caller would,
 * so that nothing is sent any more; then all goes in one transaction with the audit row.
 */
export class EraseRecipient {
  constructor(
    private readonly transactor: Transactor,
    private readonly challenges: ChallengeRepository,
    private readonly transitions: TransitionRecorder,
    private readonly audit: AuditTrail,
    private readonly rows: RecipientRows,
  ) {}

  async execute(tenant: string, recipient: KnownRecipient, actor: AuditActor): Promise<ErasedRecipient> {
    const cancelled = await this.cancelOpen(tenant, recipient.indexes, actor);
    const ids = await this.find(tenant, recipient.indexes);
    return this.transactor.inTenant(tenant, async (tx) => {
      const erased = { cancelled, challenges: 0, deliveries: 0, attempts: 0 };
      for (let start = 0; start < ids.length; start += CHUNK) {
        const removed = await this.rows.remove(tx, ids.slice(start, start + CHUNK));
        erased.challenges += removed.challenges;
        erased.deliveries += removed.deliveries;
        erased.attempts += removed.attempts;
      }
      const counters = await this.rows.removeCounters(tx, recipient.counterKeys);
      const detail = { ...erased, counters };
      this.audit.record(tx, { event: 'recipient.erased', actor, objectId: null, detail });
      return detail;
    });
  }

  private async cancelOpen(tenant: string, indexes: readonly Buffer[], actor: AuditActor): Promise<number> {
    const open = await this.transactor.inTenant(tenant, (tx) => this.rows.open(tx, indexes));
    let cancelled = 0;
    for (const id of open)
      if (await this.transactor.inTenant(tenant, (tx) => this.cancelOne(tx, id, actor))) cancelled += 1;
    return cancelled;
  }

  private async cancelOne(tx: Transaction, id: string, actor: AuditActor): Promise<boolean> {
    const found = await this.challenges.findForUpdate(tx, id);
    const decision = found && cancel(found.challenge, found.now, 'REQUESTED');
    if (!decision?.ok || decision.value === found?.challenge) return false;
    this.transitions.save(tx, actor, decision.value);
    return true;
  }

  /** Page by page through the tenant's challenges: ended ones have no index by recipient, which every create would pay for. */
  private async find(tenant: string, indexes: readonly Buffer[]): Promise<readonly string[]> {
    const found: string[] = [];
    let last: string | null = null;
    do {
      const after: string | null = last;
      const page: RecipientPage = await this.transactor.inTenant(tenant, (tx) =>
        this.rows.page(tx, indexes, after, PAGE),
      );
      found.push(...page.ids);
      last = page.last;
    } while (last !== null);
    return found;
  }
}
