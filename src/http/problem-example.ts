import { PROBLEMS, type ProblemCode } from '../shared/problem-catalogue.js';

/** Members that a problem has besides those of every problem, as an example. */
const MEMBERS: Partial<Readonly<Record<ProblemCode, object>>> = {
  'challenge-state-conflict': { state: 'FAILED', stateReason: 'ATTEMPTS_EXHAUSTED' },
  'answer-incorrect': { attemptsRemaining: 3, state: 'ISSUED' },
  'policy-version-conflict': { currentVersion: 4 },
  'configuration-version-conflict': { currentVersion: 4 },
  'rate-limited': { limit: { per: 'RECIPIENT', max: 5, windowSeconds: 3_600 } },
  'resend-too-soon': { limit: { per: 'CHALLENGE', max: 1, windowSeconds: 30 } },
};

const UNKNOWN_PROPERTY = {
  pointer: '/colour',
  code: 'unknown-property',
  detail: 'property colour should not exist',
};
const LIMIT_TOO_LARGE = {
  pointer: '/limit',
  code: 'too-large',
  detail: 'limit must not be greater than 200',
};
const OVER_CEILING = {
  pointer: '/issuance/perTenant/max',
  code: 'over-ceiling',
  detail: 'at most 6000 in this deployment',
};
const CODE_MISSING = {
  pointer: '/template/locales/en/text',
  code: 'code-missing',
  detail: 'The text must show {{ code }}.',
};

const UNSAFE =
  '5 attempts at 10000 possible codes succeed once in 2000; at most once in 100000, with 6 characters or more, is allowed. Safe would be code.length 6.';

/** What a problem says of this occurrence, where that is more than its explanation. */
const DETAILS: Partial<Readonly<Record<ProblemCode, string>>> = { 'policy-unsafe': UNSAFE };

/** A problem as an operation answers it. */
export function exampleOf(
  code: ProblemCode,
  status: string,
  { path, publicUrl }: { readonly path: string; readonly publicUrl: string },
  hasQuery: boolean,
): object {
  return {
    ...MEMBERS[code],
    type: `${publicUrl}/problems/${code}`,
    title: PROBLEMS[code].title,
    status: Number(status),
    detail: DETAILS[code] ?? PROBLEMS[code].explanation,
    instance: path.replace(/\{[^}]+\}/, '01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f').replace(/\{[^}]+\}/, '1'),
    code,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    ...(status === '400' || status === '422' ? { errors: findingsOf(code, status, hasQuery) } : {}),
  };
}

function findingsOf(code: ProblemCode, status: string, hasQuery: boolean): object[] {
  if (code === 'template-invalid') return [CODE_MISSING];
  if (code === 'policy-unsafe') return [{ pointer: '/conditions', code, detail: UNSAFE }];
  if (code !== 'request-invalid') return [];
  if (status === '422') return [OVER_CEILING];
  return [hasQuery ? LIMIT_TOO_LARGE : UNKNOWN_PROPERTY];
}
