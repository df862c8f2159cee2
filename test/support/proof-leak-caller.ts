/** What came back, for a look into everything that a caller is told. */
export interface Told {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Calls the API and keeps, word for word, what it answers. */
export class LeakCaller {
  constructor(
    private readonly baseUrl: string,
    private readonly token: string,
    /** Everything that was answered: status, header and body of each. */
    readonly told: string[],
  ) {}

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Told> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const parsed = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
    this.told.push(
      [
        `${method} ${response.status}`,
        ...[...response.headers].map((header) => header.join(': ')),
        isJson ? JSON.stringify(withoutOwnToken(method, response.status, parsed)) : text,
      ].join('\n'),
    );
    return { status: response.status, body: parsed };
  }
}

/** The create response of a TOKEN challenge, and its replay, are where the token belongs. */
function withoutOwnToken(method: string, status: number, body: Record<string, unknown>): object {
  if (method !== 'POST' || status !== 201 || body['type'] !== 'TOKEN') return body;
  return { ...body, token: typeof body['token'] };
}
