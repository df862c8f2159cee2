import { contractOf } from './openapi-contract.js';

/** What came back, whatever its status. */
export interface ApiResponse<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A challenge as the API shows it. */
export interface ChallengeView {
  readonly id: string;
  readonly state: 'ISSUED' | 'VERIFIED' | 'COMPLETED' | 'CANCELLED' | 'EXPIRED' | 'FAILED';
  readonly stateReason: string | null;
  readonly type: string;
  readonly policy: { readonly id: string; readonly alias: string; readonly version: number };
  readonly recipient: string | null;
  readonly attempts: { readonly used: number; readonly max: number };
  readonly delivery: {
    readonly channel: string;
    readonly status: 'PENDING' | 'SENDING' | 'SENT' | 'DELIVERED' | 'FAILED' | 'UNKNOWN';
    readonly attempts: number;
    readonly sentAt: string | null;
    readonly error: string | null;
  } | null;
  readonly token?: string;
  readonly [property: string]: unknown;
}

/** A problem document (RFC 9457). */
export interface ProblemView {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string; readonly detail: string }[];
  readonly [property: string]: unknown;
}

type Answered = ChallengeView & ProblemView;
type HeaderFields = Readonly<Record<string, string>>;

/** One caller of the API: a base URL and a token. Every call resolves with the response, refusals too, or rejects when the OpenAPI document does not state it. */
export class ApiClient {
  constructor(
    readonly baseUrl: string,
    private readonly token: () => Promise<string>,
  ) {}

  async request<T = Answered>(
    method: string,
    path: string,
    body?: unknown,
    headers: HeaderFields = {},
  ): Promise<ApiResponse<T>> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.token()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status, headers: received } = response;
    (await contractOf(this.baseUrl)).check({ method, path, status, headers: received, text });
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (json ? JSON.parse(text) : text) as T,
    };
  }

  async createChallenge(
    body: Readonly<Record<string, unknown>>,
    headers?: HeaderFields,
  ): Promise<ApiResponse<Answered>> {
    return await this.request('POST', '/v1/challenges', body, headers);
  }

  async getChallenge(id: string): Promise<ApiResponse<Answered>> {
    return await this.request('GET', `/v1/challenges/${id}`);
  }

  async cancel(id: string): Promise<ApiResponse<Answered>> {
    return await this.request('DELETE', `/v1/challenges/${id}`);
  }

  async answer(id: string, answer: string, rest: object = {}): Promise<ApiResponse<Answered>> {
    return await this.request('POST', `/v1/challenges/${id}/answer`, { answer, ...rest });
  }

  async resend(id: string): Promise<ApiResponse<Answered>> {
    return await this.request('POST', `/v1/challenges/${id}/resend`, {});
  }

  async complete(id: string, body: object = {}): Promise<ApiResponse<Answered>> {
    return await this.request('POST', `/v1/challenges/${id}/complete`, body);
  }

  async createPolicy(body: object): Promise<ApiResponse<Record<string, unknown>>> {
    return await this.request('POST', '/v1/policies', body);
  }

  async getPolicy(id: string): Promise<ApiResponse<Record<string, unknown>>> {
    return await this.request('GET', `/v1/policies/${id}`);
  }

  async getConfiguration(): Promise<ApiResponse<Record<string, unknown>>> {
    return await this.request('GET', '/v1/configuration');
  }

  async putConfiguration(
    body: object,
    headers?: HeaderFields,
  ): Promise<ApiResponse<Record<string, unknown>>> {
    return await this.request('PUT', '/v1/configuration', body, headers);
  }
}
