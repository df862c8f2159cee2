import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearerAttributes } from '../support/proof-challenge-header.js';
import { everyRefusal } from '../support/proof-refusals.js';
import { changesBetween, RowDigest } from '../support/proof-row-digest.js';
import { type Target, Targets } from '../support/proof-targets.js';
import { ProofTenants, TOKEN_KINDS, type TokenKind } from '../support/proof-tenants.js';
import { fetchDocument, type Operation, operationsOf, resolve } from '../support/openapi-document.js';
import { OpenApiContract } from '../support/openapi-contract.js';
import { type RawResponse, send } from '../support/openapi-raw-client.js';

/** What answers without a token, and nothing else. */
const PUBLIC = [
  /^GET \/health\/(live|ready)$/,
  /^GET \/openapi\.json$/,
  /^GET \/docs(\/.*)?$/,
  /^GET \/problems\/:code$/,
];
/** What claims to be from somebody else, beside a good token. */
const SPOOFED: Readonly<Record<string, string>> = {
  'x-tenant-id': 'north',
  'x-tenant': 'north',
  tenant: 'north',
  'tenant-id': 'north',
  tenant_id: 'north',
  'x-acs-tenant-id': 'north',
  'x-forwarded-user': 'north',
  'x-forwarded-host': 'north.example',
  'x-forwarded-prefix': '/north',
  'x-forwarded-proto': 'https',
  'x-original-url': '/v1/configuration',
  'x-rewrite-url': '/v1/configuration',
  'x-http-method-override': 'GET',
  'x-auth-request-user': 'north',
  'x-client-cert': 'north',
  forwarded: 'for=192.0.2.1;host=north.example',
  cookie: 'tenant_id=north',
  baggage: 'tenant_id=north',
};
const SPOOFED_QUERY = '?tenant=north&tenant_id=north&tenantId=north';
const NOTHING = { rows: [], audit: [] };
/** Refused after its object was looked for: what the audit trail of the caller's own tenant may say. */
const AUDITED: Readonly<Record<string, readonly string[]>> = {
  answerChallenge: ['south challenge.answer.refused challenge-not-found'],
  resendChallenge: ['south challenge.resend.refused challenge-not-found'],
  completeChallenge: ['south challenge.complete.refused challenge-not-found'],
  cancelChallenge: ['south challenge.cancel.refused challenge-not-found'],
};

describe('every operation of the OpenAPI document', () => {
  let tenants: ProofTenants;
  let contract: OpenApiContract;
  let operations: readonly Operation[];
  let targets: Targets;
  let digest: RowDigest;
  /** What would succeed in `north`, by operation. */
  let prepared: readonly Target[];
  let requests = 0;

  beforeAll(async () => {
    tenants = await ProofTenants.start({
      NODE_OPTIONS: `--import ${new URL('../support/proof-routes.js', import.meta.url).href}`,
    });
    contract = new OpenApiContract(await fetchDocument(tenants.api.url));
    operations = operationsOf(contract.document);
    targets = new Targets(tenants);
    digest = await RowDigest.open(tenants.database.superuserUrl);
    const made: Target[] = [];
    for (const operation of operations) made.push(await targets.of(operation, 'north'));
    prepared = made;
  });

  afterAll(async () => {
    await digest.close();
    await tenants.stop();
  });

  /** Each request comes from an address of its own, so that none is held back for the failures of the others. */
  async function call(
    { operation, path, headers, body }: Target,
    attempt: { readonly headers: Readonly<Record<string, string>>; readonly query?: string },
  ): Promise<RawResponse> {
    requests += 1;
    const address = [10, requests >> 16, (requests >> 8) & 255, requests & 255].join('.');
    const response = await send(
      tenants.api.url,
      operation.method,
      path + (attempt.query ?? ''),
      { 'x-forwarded-for': address, ...headers, ...attempt.headers },
      body && JSON.stringify(body),
    );
    contract.check({ method: operation.method, path, ...response });
    return response;
  }

  /** Demands the refusal, with the challenge of RFC 6750. */
  async function expectRefusal(
    target: Target,
    attempt: Parameters<typeof call>[1],
    { status, code }: { readonly status: number; readonly code: string },
  ): Promise<void> {
    const { status: given, headers, text } = await call(target, attempt);
    const problem = JSON.parse(text) as Record<string, unknown>;
    const { error, error_description, realm, scope, ...rest } = bearerAttributes(
      headers.get('www-authenticate'),
    );
    expect({ given, code: problem['code'], error, realm, scope, rest }).toEqual({
      given: status,
      code,
      error: ERROR_OF[code],
      realm: 'acs',
      scope: status === 403 ? scopesOf(target.operation).join(' ') : undefined,
      rest: {},
    });
    expect(error_description).toBe(problem['detail']);
    expect(headers.get('cache-control')).toBe('no-store');
  }

  /** Demands something of each operation, and tells of all that do not meet it. */
  async function everywhere(demand: (target: Target) => Promise<void>): Promise<void> {
    const failures: unknown[] = [];
    for (const target of prepared) {
      await demand(target).catch((error: unknown) => {
        failures.push(new Error(`${target.operation.operationId}: ${String(error)}`, { cause: error }));
      });
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
  }

  /** As `everywhere`, and demands that no row of any tenant is touched. */
  async function everywhereWithoutTrace(demand: (target: Target) => Promise<void>): Promise<void> {
    const before = await digest.take();
    await everywhere(demand);
    expect(changesBetween(before, await digest.take())).toEqual(NOTHING);
  }

  it('declares its scopes', () => {
    expect(operations.length).toBeGreaterThan(0);
    const undeclared = operations.filter((operation) => scopesOf(operation).length === 0);
    expect(undeclared.map(({ operationId }) => operationId)).toEqual([]);
    for (const { security } of operations)
      expect(security.flatMap((scheme) => Object.keys(scheme)).sort()).toEqual(['bearer', 'oauth2']);
  });

  it('is there for every route that is served, but for those that are public', () => {
    const line = tenants.api.lines.find((written) => written.startsWith('{"msg":"routes"'))!;
    const { routes, printed } = JSON.parse(line) as { routes: string[]; printed: string };
    const documented = operations.map(({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
    const served = routes.filter((route) => !isHeadOf(route, routes));
    const unknown = served.filter(
      (route) => !documented.includes(route) && !PUBLIC.some((pattern) => pattern.test(route)),
    );
    expect({ unknown, printed }).toEqual({ unknown: [], printed });
    expect(documented.filter((route) => !served.includes(route))).toEqual([]);
    for (const pattern of PUBLIC) expect(served.some((route) => pattern.test(route))).toBe(true);
  });

  describe.each(everyRefusal().map((refusal) => [refusal.title, refusal] as const))(
    'refuses %s',
    (_title, refusal) => {
      it.each(refusal.kinds ?? TOKEN_KINDS)('(%s)', async (kind) => {
        await everywhereWithoutTrace(async (target) => {
          await expectRefusal(target, await refusal.send(tenants, kind, scopesOf(target.operation)), refusal);
        });
      });
    },
  );

  it.each(TOKEN_KINDS)('refuses a token that lacks any one of its scopes (%s)', async (kind) => {
    await everywhereWithoutTrace(async (target) => {
      for (const lacking of scopesOf(target.operation)) {
        const scope = scopesOf(target.operation)
          .filter((one) => one !== lacking)
          .join(' ');
        await expectRefusal(target, bearer(tenants.token(kind, { scope })), {
          status: 403,
          code: 'scope-insufficient',
        });
      }
    });
  });

  it.each(TOKEN_KINDS)('tells an object of another tenant and an unknown one alike (%s)', async (kind) => {
    await everywhere(async (target) => {
      if (!target.operation.path.includes('{id}')) return;
      const scope = scopesOf(target.operation).join(' ');
      const caller = bearer(tenants.token(kind, { tenant_id: 'south', scope }));
      const unknown = { ...target, path: target.path.replace(/[0-9a-f]{4}(?=\/|$)/, otherDigits) };
      const answers = [];
      for (const asked of [target, unknown]) {
        const before = await digest.take();
        const response = await call(asked, caller);
        expect(changesBetween(before, await digest.take())).toEqual({
          rows: [],
          audit: AUDITED[target.operation.operationId] ?? [],
        });
        answers.push(comparable(response, asked.path));
      }
      expect(answers[0]).toEqual(answers[1]);
      expect(answers[0]).toMatchObject({ status: 404, problem: { code: notFoundOf(target.operation) } });
    });
  });

  it.each(TOKEN_KINDS)('lets no header and no query name a tenant (%s)', async (kind) => {
    await everywhere(async (target) => {
      const scope = scopesOf(target.operation).join(' ');
      const caller = tenants.token(kind, { tenant_id: 'south', scope });
      const { parameters = [], method, path } = target.operation;
      for (const query of ['', SPOOFED_QUERY]) {
        const own = path.includes('{id}') ? target : await targets.of(target.operation, 'south');
        const before = await digest.take();
        const response = await call(own, { headers: { ...bearer(caller).headers, ...SPOOFED }, query });
        const { rows, audit } = changesBetween(before, await digest.take());
        expect([...rows, ...audit].filter((told) => !told.includes('south'))).toEqual([]);
        const refusesQueries = query !== '' && parameters.some((parameter) => parameter.in === 'query');
        if (refusesQueries) expect(response.status).toBe(400);
        else if (path.includes('{id}')) expect(response.status).toBe(404);
        else expect(response.status).toBeLessThan(300);
        if (method !== 'GET' || response.status !== 200) continue;
        expect(response.text).toBe((await call(own, bearer(caller))).text);
      }
    });
  });

  it.each(TOKEN_KINDS)('takes no tenant in its body (%s)', async (kind) => {
    await everywhereWithoutTrace(async (target) => {
      if (!target.body) return;
      const caller = bearer(tenants.token(kind, { scope: scopesOf(target.operation).join(' ') }));
      for (const name of ['tenant', 'tenantId', 'tenant_id']) {
        const response = await call({ ...target, body: { ...target.body, [name]: 'south' } }, caller);
        expect({ status: response.status, problem: JSON.parse(response.text) as object }).toMatchObject({
          status: 400,
          problem: { code: 'request-invalid', errors: [{ pointer: `/${name}`, code: 'unknown-property' }] },
        });
      }
    });
  });

  it.each<[TokenKind, string, string]>([
    ['JWT', 'scope', 'north'],
    ['opaque', 'scope', 'south'],
    ['JWT', 'scp', 'south'],
    ['opaque', 'scp', 'north'],
  ])('accepts a token (%s) with exactly its scope, in %s of %s', async (kind, claim, tenant) => {
    // The examples are all for one recipient.
    await tenants.rows.rows('DELETE FROM limit_counter');
    const done: string[] = [];
    for (const operation of operations) {
      const target = await targets.of(operation, tenant);
      const scopes = scopesOf(operation);
      const claims = claim === 'scp' ? { scope: undefined, scp: scopes } : { scope: scopes.join(' ') };
      const { status } = await call(target, bearer(tenants.token(kind, { tenant_id: tenant, ...claims })));
      done.push(`${operation.operationId} ${status}`);
    }
    expect(done).toEqual(operations.map((operation) => `${operation.operationId} ${successOf(operation)}`));
  });

  it('would have succeeded where it was refused', async () => {
    const statuses: string[] = [];
    for (const target of prepared) {
      const { status } = await call(target, bearer(tenants.token('JWT', {})));
      statuses.push(`${target.operation.operationId} ${status}`);
    }
    expect(statuses).toEqual(
      operations.map((operation) => `${operation.operationId} ${successOf(operation)}`),
    );
  });

  /** The code that the document states for an object that is not there. */
  function notFoundOf({ responses }: Operation): unknown {
    const { schema } = responses['404']!.content!['application/problem+json']!;
    return resolve(contract.document, schema).properties!['code']!.enum![0];
  }
});

const ERROR_OF: Readonly<Record<string, string>> = {
  'token-missing': 'invalid_request',
  'token-invalid': 'invalid_token',
  'tenant-missing': 'insufficient_scope',
  'scope-insufficient': 'insufficient_scope',
};

function bearer(token: string): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: { authorization: `Bearer ${token}` } };
}

function scopesOf({ security }: Operation): readonly string[] {
  return security.find((scheme) => 'oauth2' in scheme)?.['oauth2'] ?? [];
}

function successOf({ responses }: Operation): string {
  return Object.keys(responses).find((status) => status.startsWith('2'))!;
}

/** Fastify serves HEAD wherever it serves GET. */
function isHeadOf(route: string, routes: readonly string[]): boolean {
  return route.startsWith('HEAD ') && routes.includes(route.replace('HEAD ', 'GET '));
}

function otherDigits(digits: string): string {
  return digits === 'ffff' ? '0000' : 'ffff';
}

/** An answer without what is its own request's alone. */
function comparable({ status, headers, text }: RawResponse, path: string): object {
  const { traceId, instance, ...problem } = JSON.parse(text) as Record<string, unknown>;
  expect(instance).toBe(path);
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  return { status, problem, headers: [...headers.keys()].sort() };
}
