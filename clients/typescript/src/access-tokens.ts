import { ConnectionError, TokenError } from './errors.js';
import type { Send } from './retry.js';

/** Who calls: a client of the authorization server (RFC 6749, section 4.4). */
export interface ClientCredentials {
  /** The token endpoint. */
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Separated by spaces; absent, the authorization server decides. */
  readonly scope?: string;
  /** Whatever else it asks for, such as `audience` or `resource`. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Gives the access token of each request; called anew when the service refused the last one. */
export type AccessTokenSource = () => Promise<string>;

/** Where requests get their access token. */
export interface AccessTokens {
  current(): Promise<string>;
  /** The service refused it: it is not given again. */
  discard(token: string): void;
}

interface KeptToken {
  readonly token: string;
  readonly renewAt: number;
}

/** In milliseconds: a token is renewed this long before it expires, or a tenth of its life when that is shorter. */
const EARLY_MS = 30_000;

/** One token for all requests, fetched once at a time and renewed before it expires. Throws `TokenError`. */
export class CredentialTokens implements AccessTokens {
  private kept: KeptToken | undefined;
  private fetching: Promise<KeptToken> | undefined;

  constructor(
    private readonly credentials: ClientCredentials,
    private readonly send: Send,
  ) {}

  async current(): Promise<string> {
    if (this.kept && Date.now() < this.kept.renewAt) return this.kept.token;
    this.fetching ??= this.fetch().finally(() => {
      this.fetching = undefined;
    });
    this.kept = await this.fetching;
    return this.kept.token;
  }

  discard(token: string): void {
    if (this.kept?.token === token) this.kept = undefined;
  }

  private async fetch(): Promise<KeptToken> {
    const { tokenUrl, clientId, clientSecret, scope, parameters } = this.credentials;
    const request = new Request(tokenUrl, {
      method: 'POST',
      headers: { authorization: basic(clientId, clientSecret), accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        ...(scope === undefined ? {} : { scope }),
        ...parameters,
      }),
      redirect: 'error',
    });
    const askedAt = Date.now();
    return keptToken(await this.send(request), askedAt, tokenUrl);
  }
}

/** Tokens that the caller gets in a way of its own. */
export class SuppliedTokens implements AccessTokens {
  constructor(private readonly source: AccessTokenSource) {}

  async current(): Promise<string> {
    return await this.source();
  }

  discard(): void {
    // The source is asked for each request: nothing is kept here.
  }
}

async function keptToken(response: Response, askedAt: number, tokenUrl: string): Promise<KeptToken> {
  const body: unknown = await response.json().catch((cause: unknown) => {
    throw new ConnectionError(
      `${tokenUrl} answered ${response.status} without a token response`,
      response.status,
      cause,
    );
  });
  const { access_token, expires_in, error, error_description } = (body ?? {}) as Record<string, unknown>;
  if (response.ok && typeof access_token === 'string') {
    // Without a life told, it is kept until it is refused.
    const lifeMs = Number(expires_in ?? Infinity) * 1_000;
    return { token: access_token, renewAt: askedAt + lifeMs - Math.min(EARLY_MS, lifeMs / 10) };
  }
  const reason = [error, error_description].filter((part) => typeof part === 'string').join(': ');
  throw new TokenError(
    `${tokenUrl} gave no access token: ${reason || `status ${response.status}`}`,
    response.status,
    typeof error === 'string' ? error : undefined,
  );
}

/** RFC 6749, section 2.3.1: both halves are form-encoded before they are joined. */
function basic(clientId: string, clientSecret: string): string {
  const [id, secret] = [clientId, clientSecret].map((half) =>
    new URLSearchParams({ '': half }).toString().slice(1),
  );
  return `Basic ${btoa(`${id ?? ''}:${secret ?? ''}`)}`;
}
