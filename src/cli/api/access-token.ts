import { CommandFailed } from '../failures.js';
import { networkFault } from '../network-fault.js';
import { plainText } from '../terminal.js';

const TIMEOUT_MS = 10_000;

export interface TokenRequest {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Separated by spaces; absent, the server decides. */
  readonly scope?: string | undefined;
  /** RFC 8707. */
  readonly resource?: string | undefined;
  /** What to do when the server cannot be reached. */
  readonly advice?: string;
}

/** An access token by client credentials (RFC 6749, section 4.4); throws `CommandFailed`. */
export async function fetchAccessToken(request: TokenRequest): Promise<string> {
  const { status, body } = await ask(request);
  const { access_token: token, error, error_description: description } = body;
  if (status === 200 && typeof token === 'string' && token !== '') return token;
  const reason = [error, description].filter((part) => typeof part === 'string').join(': ');
  throw new CommandFailed(
    `${request.tokenUrl} gave no token to the client "${request.clientId}": ${plainText(reason) || `status ${status}`}`,
  );
}

async function ask({
  tokenUrl,
  clientId,
  clientSecret,
  scope,
  resource,
  advice = 'Is it running, and is --token-url right?',
}: TokenRequest): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  try {
    const response = await fetch(tokenUrl, {
      method: 'POST',
      headers: { authorization: basic(clientId, clientSecret), accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        ...(scope === undefined ? {} : { scope }),
        ...(resource === undefined ? {} : { resource }),
      }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await response.json().catch(() => undefined);
    return { status: response.status, body: typeof body === 'object' && body !== null ? { ...body } : {} };
  } catch (error) {
    throw new CommandFailed(`The authorization server at ${tokenUrl} ${networkFault(error)}. ${advice}`);
  }
}

/** RFC 6749, section 2.3.1: both halves are form-encoded before they are joined. */
function basic(clientId: string, clientSecret: string): string {
  const encoded = [clientId, clientSecret].map((half) =>
    new URLSearchParams({ '': half }).toString().slice(1),
  );
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}
