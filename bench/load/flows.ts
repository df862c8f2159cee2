import { randomBytes } from 'node:crypto';
import type { PlannedRequest, Source } from './protocol.js';

/** A request as it goes out. */
export interface Outgoing extends PlannedRequest {
  /** Whether the flow reads the answer's body. */
  readonly reads?: boolean;
  readonly recipient?: string;
}

/** What one connection sends, and what comes back to it. */
export type Flow = Generator<Outgoing, void, unknown>;

const WRONG_TOKEN = '0'.repeat(43);

/** Makes the flow of each connection of a job. */
export function flowsOf(source: Source): () => Flow {
  switch (source.kind) {
    case 'create':
      return () => creates(source);
    case 'same':
      return () => same(source.request);
    case 'each': {
      const rest = source.requests[Symbol.iterator]();
      return () => each(rest);
    }
    case 'peer':
      return () => peerCreates();
    case 'life':
      return () => lives(source.alias);
  }
}

function* creates({ alias, recipient, keyed }: Extract<Source, { kind: 'create' }>): Flow {
  for (;;) yield create(alias, recipient, keyed);
}

/** Recipients are alike in length and first letter, so that their masks are. */
export function create(alias: string, delivered: boolean, keyed: boolean): Outgoing {
  const unique = randomBytes(12).toString('hex');
  const recipient = `p${unique}@example.com`;
  return {
    method: 'POST',
    path: '/v1/challenges',
    body: { policyAlias: alias, subject: 'user-42', ...(delivered ? { recipient } : {}) },
    expect: 201,
    ...(keyed ? { headers: { 'idempotency-key': `key-${unique}` } } : {}),
    ...(delivered ? { recipient } : {}),
  };
}

function* peerCreates(): Flow {
  for (;;) {
    const body = { email: `p${randomBytes(12).toString('hex')}@example.com`, type: 'sign-in' };
    yield { method: 'POST', path: '/api/auth/email-otp/send-verification-otp', body, expect: 200 };
  }
}

function* same(request: PlannedRequest): Flow {
  for (;;) yield request;
}

function* each(rest: Iterator<PlannedRequest>): Flow {
  for (let next = rest.next(); next.done !== true; next = rest.next()) yield next.value;
}

/** Created, looked at, answered wrongly, answered rightly, completed. */
function* lives(alias: string): Flow {
  for (;;) {
    const created = (yield { ...create(alias, false, false), reads: true }) as
      { readonly id?: string; readonly token?: string } | undefined;
    if (created?.id === undefined || created.token === undefined) continue;
    const path = `/v1/challenges/${created.id}`;
    yield { method: 'GET', path, expect: 200 };
    yield { method: 'POST', path: `${path}/answer`, body: { answer: WRONG_TOKEN }, expect: 422 };
    yield { method: 'POST', path: `${path}/answer`, body: { answer: created.token }, expect: 200 };
    yield { method: 'POST', path: `${path}/complete`, body: {}, expect: 200 };
  }
}

/** How many requests a life takes. */
export const LIFE_REQUESTS = 5;
