import { PROBLEM_JSON } from './problem-document.js';

const JSON_RANGES = ['*/*', 'application/*', 'application/json', PROBLEM_JSON];

/** Whether an `Accept` header (RFC 9110, section 12.5.1) admits JSON; none admits everything. */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const refused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    return !refused && JSON_RANGES.includes(type);
  });
}
