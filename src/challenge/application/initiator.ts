import type { AuditActor } from '../../audit/audit-trail.js';
import type { EndUser } from '../domain/end-user.js';

/** Who is behind a change: the calling service and, as keyed hashes, its end user. */
export interface Initiator extends AuditActor {
  readonly endUser?: EndUser | undefined;
}
