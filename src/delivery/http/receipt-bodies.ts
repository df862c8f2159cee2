import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { readRawBodies } from '../../http/raw-body.js';

export const FORM = 'application/x-www-form-urlencoded';
export const TEXT = 'text/plain';
export const JSON_TYPE = 'application/json';

const FORM_LIMIT_BYTES = 16 * 1_024;
/** An event of SES holds the headers of its mail. */
const TEXT_LIMIT_BYTES = 64 * 1_024;

/** Has the process read what providers send receipts in. JSON it reads anyway. */
export function readReceiptBodies(adapter: FastifyAdapter): void {
  readRawBodies(adapter, FORM, FORM_LIMIT_BYTES);
  readRawBodies(adapter, TEXT, TEXT_LIMIT_BYTES);
}
