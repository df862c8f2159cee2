export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One call of an API, outside of any measurement. */
export async function callApi(
  url: string,
  token: string,
  {
    method,
    path,
    body,
    headers,
  }: { method: string; path: string; body?: unknown; headers?: Readonly<Record<string, string>> },
): Promise<ApiAnswer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
}
