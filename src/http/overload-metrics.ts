import { Counter } from 'prom-client';

const KINDS = ['create', 'challenge', 'administration'] as const;
export type Kind = (typeof KINDS)[number];

/** No place was free, the tenant had its share of them, or the turn did not come in time. */
const CAUSES = ['places', 'share', 'turn'] as const;
export type Cause = (typeof CAUSES)[number];

const refusals = new Counter({
  name: 'acs_http_overload_refusals_total',
  help: 'Requests that were refused as too many, by kind and cause',
  labelNames: ['kind', 'cause'] as const,
});

// Prometheus sees no increase in a series that begins with 1.
for (const kind of KINDS) for (const cause of CAUSES) refusals.inc({ kind, cause }, 0);

export function countRefusal(kind: Kind, cause: Cause): void {
  refusals.inc({ kind, cause });
}
