import type { Statement } from '../../shared/transactor.js';

/**
 * For a transaction that changes nothing but leaves a trace of a refusal: whoever waits for its locks need not wait
 * for the disk as well. A crash of the database may take the last moments' traces with it.
 */
export const NOT_AWAITING_DISK: Statement = { text: 'SET LOCAL synchronous_commit = off', values: [] };
