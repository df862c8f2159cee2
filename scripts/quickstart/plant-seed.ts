import { POLICY_SEEDS, TENANT_SEEDS, type PolicySeed, type TenantSeed } from './seed.js';

export interface SeedTarget {
  readonly apiUrl: string;
  readonly tokenUrl: string;
}

/**
 * Puts the seed, or those of its policies, into tenants that do not have it; what a tenant has changed since is left
 * alone. Resolves with what the API refused.
 */
export async function plantSeed(target: SeedTarget, aliases?: readonly string[]): Promise<string[]> {
  const policies = POLICY_SEEDS.filter(({ alias }) => aliases?.includes(alias) ?? true);
  const refusals = await Promise.all(TENANT_SEEDS.map((tenant) => plantTenant(target, tenant, policies)));
  return [...new Set(refusals.flat())];
}

async function plantTenant(
  { apiUrl, tokenUrl }: SeedTarget,
  tenant: TenantSeed,
  policies: readonly PolicySeed[],
): Promise<string[]> {
  const token = await fetchToken(tokenUrl, tenant.client);
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> =>
    await send(`${apiUrl}/v1${path}`, method, token, body);

  const listed = await call('GET', '/policies?limit=200');
  if (listed.status !== 200) throw new Error(`The policies could not be listed: ${describe(listed)}`);
  const { items } = listed.body as { items: readonly { readonly alias: string }[] };
  const missing = policies.filter(({ alias }) => !items.some((item) => item.alias === alias));
  if (missing.length === 0) return [];

  // A tenant with policies of its own has been at work, its configuration too.
  if (items.length === 0) {
    const put = await call('PUT', '/configuration', tenant.configuration);
    if (put.status !== 200) throw new Error(`The configuration was refused: ${describe(put)}`);
  }
  const answers = await Promise.all(missing.map((policy) => call('POST', '/policies', policy)));
  return answers.flatMap((answer, index) => refusal(missing[index]!, answer));
}

function refusal(policy: PolicySeed, answer: Answer): string[] {
  return answer.status === 201 ? [] : [`The policy ${policy.alias} was refused: ${describe(answer)}`];
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function send(url: string, method: string, token: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

async function fetchToken(tokenUrl: string, client: TenantSeed['client']): Promise<string> {
  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    signal: AbortSignal.timeout(10_000),
  });
  const body = (await response.json()) as { access_token?: string; error_description?: string };
  if (body.access_token === undefined)
    throw new Error(`No token for ${client.id}: ${body.error_description ?? ''}`);
  return body.access_token;
}

const describe = ({ status, body }: Answer): string => `${status} ${JSON.stringify(body)}`;
