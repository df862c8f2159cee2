/** What went wrong between two machines, as the end of a sentence about the other one. */
const FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection: nothing listens there',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  ECONNECTION: 'closed the connection',
  UND_ERR_SOCKET: 'closed the connection',
  ENOTFOUND: 'could not be found by name',
  EDNS: 'could not be found by name',
  EAI_AGAIN: 'could not be looked up: the name server did not answer',
  EHOSTUNREACH: 'cannot be reached from here',
  ENETUNREACH: 'cannot be reached from here',
  ETIMEDOUT: 'did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'did not answer in time',
  CERT_HAS_EXPIRED: 'has a certificate that has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'has a certificate that it signed itself; see NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'has a certificate of an unknown authority; see NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'has a certificate of an unknown authority; see NODE_EXTRA_CA_CERTS',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'has a certificate of an unknown authority; see NODE_EXTRA_CA_CERTS',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'does not speak TLS',
};

/** Says it without quoting the error, which may hold what must not be shown. */
export function networkFault(error: unknown): string {
  const code = networkCode(error);
  if (code !== undefined) return FAULTS[code] ?? `cannot be used (${code})`;
  const isLate = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
  return isLate ? 'did not answer in time' : 'cannot be used';
}

/** The code of the first cause that has one: wrappers have none, or one that says less. */
export function networkCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { cause, errors, originalCode, code } = error as Readonly<Record<string, unknown>>;
  const inner = networkCode(cause) ?? (Array.isArray(errors) ? networkCode(errors[0]) : undefined);
  return inner ?? text(originalCode) ?? text(code);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
