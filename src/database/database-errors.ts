/** SQLSTATE classes and codes, PostgreSQL documentation, appendix A. */
const DEADLOCK = '40P01';
const SERIALIZATION_FAILURE = '40001';
const UNIQUE_VIOLATION = '23505';

const FOREIGN_KEY_VIOLATION = '23503';

const UNAVAILABLE_CLASSES = ['08', '53', '57'];
const LOCK_NOT_AVAILABLE = '55P03';
const CANNOT_CONNECT_NOW = '57P03';
const TOO_MANY_CONNECTIONS = '53300';
const READ_ONLY_TRANSACTION = '25006';
const IDLE_IN_TRANSACTION_TIMEOUT = '25P03';

function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The database undid the transaction for a reason that a second run does not meet. */
export function isWorthRepeating(error: unknown): boolean {
  const state = sqlState(error);
  return state === DEADLOCK || state === SERIALIZATION_FAILURE;
}

/** A statement waited for a lock for as long as it may. */
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === LOCK_NOT_AVAILABLE;
}

/** The database cannot be reached, is shutting down, full, or did not answer in time. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state === undefined) return error instanceof Error && CONNECTION_MESSAGES.test(error.message);
  return (
    UNAVAILABLE_CLASSES.some((prefix) => state.startsWith(prefix) && state.length === 5) ||
    [LOCK_NOT_AVAILABLE, READ_ONLY_TRANSACTION, IDLE_IN_TRANSACTION_TIMEOUT].includes(state) ||
    SOCKET_CODES.has(state)
  );
}

/** The server is there, but is starting up, has no connection left or does not answer in time: 57P03, 53300 or a timeout. */
export function isDatabaseBusy(error: unknown): error is Error {
  const state = sqlState(error);
  if (state !== undefined) return state === CANNOT_CONNECT_NOW || state === TOO_MANY_CONNECTIONS;
  return error instanceof Error && TIMEOUT_MESSAGES.test(error.message);
}

/** A row could not be removed since another refers to it. */
export function isStillReferenced(error: unknown): boolean {
  return sqlState(error) === FOREIGN_KEY_VIOLATION;
}

/** The name of the unique constraint or index that a write broke, if that is what failed. */
export function brokenUniqueConstraint(error: unknown): string | undefined {
  if (sqlState(error) !== UNIQUE_VIOLATION) return undefined;
  const { constraint } = error as { constraint?: unknown };
  return typeof constraint === 'string' ? constraint : undefined;
}

const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
const TIMEOUT_MESSAGES = /timeout exceeded when trying to connect|due to connection timeout/;
/** node-postgres tells a lost or awaited connection by message alone. */
const CONNECTION_MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|connection error and is not queryable|Client was closed|Cannot use a pool after|Query read timeout/;
