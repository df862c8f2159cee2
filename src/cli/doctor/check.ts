/** What came of one check: `warn` may be meant so, `fail` keeps the service from working. */
export interface Check {
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly subject: string;
  /** What was found and, unless it is ok, what to do. Never holds a secret. */
  readonly said: string;
}

export function ok(subject: string, said: string): Check {
  return { verdict: 'ok', subject, said };
}

export function warn(subject: string, said: string): Check {
  return { verdict: 'warn', subject, said };
}

export function fail(subject: string, said: string): Check {
  return { verdict: 'fail', subject, said };
}
