import { readJsonBody } from '../../http/json-body.js';
import { type Checked, CheckedBody } from '../../http/checked-body.js';
import { AppError } from '../../shared/app-error.js';

/** What the API takes as the body of a request. */
const BODY_LIMIT_BYTES = 64 * 1024;

/** Reads a value as the API reads the body of a request of this class; throws the `AppError` that it would answer to what is no such body at all. */
export async function asRequest<T extends object>(
  value: unknown,
  requestClass: new () => T,
): Promise<Checked<T>> {
  const bytes = Buffer.from(JSON.stringify(value));
  if (bytes.length > BODY_LIMIT_BYTES)
    throw new AppError('body-too-large', {
      detail: `As JSON it has ${bytes.length} bytes; a request may have ${BODY_LIMIT_BYTES}.`,
    });
  return new CheckedBody(requestClass).transform(readJsonBody(bytes));
}
