import { STATUS_CODES } from 'node:http';
import { AppError } from '../shared/app-error.js';
import { PROBLEM_JSON, type ProblemDocument } from './problem-document.js';

/** What a failure below HTTP is, by Node's code of it. */
export function socketRefusal(code: string | undefined): AppError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const detail = 'The request did not arrive in time.';
    return new AppError('request-malformed', { kind: 'timed-out', detail });
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    const detail = 'The header of a request may have 16 KiB at most.';
    return new AppError('request-malformed', { kind: 'headers-too-large', detail });
  }
  return new AppError('request-malformed', { detail: 'The request is not valid HTTP.' });
}

/** A whole answer, for a socket whose request cannot be told; nothing can follow it. */
export function socketAnswer(document: ProblemDocument, headers: Readonly<Record<string, string>>): string {
  const body = JSON.stringify(document);
  return [
    `HTTP/1.1 ${document.status} ${STATUS_CODES[document.status] ?? ''}`,
    `content-type: ${PROBLEM_JSON}`,
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
