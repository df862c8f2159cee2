import type { Finding } from '../../shared/app-error.js';
import { CommandFailed } from '../failures.js';
import { findingLines } from '../finding-lines.js';
import { plainText } from '../terminal.js';

/** An answer of the API, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Empty when it is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
}

const PASSING = [429, 500, 502, 503, 504];
const LONGEST_PAUSE_SECONDS = 30;

/** Whether the same request may be answered otherwise after a while. */
export function isWorthRepeating({ status }: Answer): boolean {
  return PASSING.includes(status);
}

/** How long to wait before the next try: as the API says, else twice as long each time. */
export function pauseSeconds(attempt: number, answer: Answer | undefined): number {
  const said = Number(answer?.headers.get('retry-after') ?? NaN);
  return Math.min(Number.isFinite(said) ? said : 0.25 * 2 ** (attempt - 1), LONGEST_PAUSE_SECONDS);
}

/** What the API refused, in its own words. */
export function refusal(what: string, { status, headers, body }: Answer): CommandFailed {
  const { code, title, detail, errors } = body;
  const words = [code, detail ?? title].filter((word) => typeof word === 'string').join(': ');
  // RFC 6750, section 3: the scope that is missing is told here alone.
  const scope = /\bscope="([^"]*)"/.exec(headers.get('www-authenticate') ?? '')?.[1];
  const advice = status === 403 && scope !== undefined ? `; the token needs the scope ${scope}.` : '';
  const lines = Array.isArray(errors) ? findingLines(errors as Finding[]) : [];
  return new CommandFailed(
    [plainText(`${what} was refused: ${status} ${words}${advice}`), ...lines].join('\n'),
  );
}
