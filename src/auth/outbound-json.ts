import { Agent, request } from 'undici';
import { isPrivateLiteral, lookupPublicOnly } from './public-address.js';

const TOTAL_TIMEOUT_MS = 3_000;
const MAX_RESPONSE_BYTES = 512 * 1024;
const LIMITS = {
  headersTimeout: TOTAL_TIMEOUT_MS,
  bodyTimeout: TOTAL_TIMEOUT_MS,
  maxResponseSize: MAX_RESPONSE_BYTES,
};

export interface JsonAnswer {
  readonly status: number;
  /** Undefined unless the status is 200 and the body is JSON. */
  readonly json: unknown;
}

/**
 * Asks authorization servers for JSON: within 3 s and 512 KiB, following no redirect. In production, hosts
 * that were not configured must be https and have public addresses, since a server's metadata names them.
 */
export class OutboundJson {
  private readonly open = new Agent({ ...LIMITS, connect: { timeout: TOTAL_TIMEOUT_MS } });
  private readonly publicOnly = new Agent({
    ...LIMITS,
    connect: { timeout: TOTAL_TIMEOUT_MS, lookup: lookupPublicOnly },
  });
  private readonly configuredHosts: ReadonlySet<string>;

  constructor(
    private readonly production: boolean,
    configuredUrls: readonly string[],
  ) {
    this.configuredHosts = new Set(configuredUrls.map((url) => new URL(url).host));
  }

  get(url: string): Promise<JsonAnswer> {
    return this.send(url, { method: 'GET' });
  }

  postForm(
    url: string,
    form: URLSearchParams,
    headers: Readonly<Record<string, string>>,
  ): Promise<JsonAnswer> {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.send(url, { method: 'POST', body: form.toString(), headers: { ...type, ...headers } });
  }

  async close(): Promise<void> {
    await Promise.all([this.open.destroy(), this.publicOnly.destroy()]);
  }

  private async send(
    url: string,
    options: { method: 'GET' | 'POST'; body?: string; headers?: Record<string, string> },
  ): Promise<JsonAnswer> {
    const { statusCode, body } = await request(url, {
      ...options,
      headers: { accept: 'application/json', ...options.headers },
      dispatcher: this.agentFor(new URL(url)),
      signal: AbortSignal.timeout(TOTAL_TIMEOUT_MS),
    });
    if (statusCode !== 200) {
      await body.dump({ limit: MAX_RESPONSE_BYTES });
      return { status: statusCode, json: undefined };
    }
    return { status: statusCode, json: parse(await body.text()) };
  }

  private agentFor(url: URL): Agent {
    if (!this.production || this.configuredHosts.has(url.host)) return this.open;
    if (url.protocol !== 'https:') throw new Error('A URL of the metadata is not https');
    if (isPrivateLiteral(url.hostname)) throw new Error('A URL of the metadata has a private address');
    return this.publicOnly;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
