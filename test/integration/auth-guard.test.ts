import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { Controller, Get, Logger, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Public, RequireScopes } from '../../src/auth/require-scopes.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import {
  bearer,
  callGuard as call,
  type GuardAnswer,
  GuardedController,
  RecordingLogger,
  startGuard,
} from '../support/tokens-guard.js';
import { TestIssuer } from '../support/tokens-issuer.js';

let database: TestDatabase;
let issuer: TestIssuer;
let app: NestFastifyApplication | undefined;
let logger: RecordingLogger;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

beforeEach(async () => {
  issuer = await TestIssuer.start();
  logger = new RecordingLogger();
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  await issuer.stop();
  Logger.overrideLogger(false);
});

async function start(controllers?: Type[]): Promise<string> {
  const { issuer: url, audience, tenantClaim, tenants, introspection } = issuer.withIntrospection();
  app = await startGuard({
    databaseUrl: database.apiUrl,
    issuers: [{ issuer: url, audience, tenantClaim, tenants, introspection }],
    logger,
    ...(controllers ? { controllers } : {}),
  });
  return app.getUrl();
}

describe('a guarded route', () => {
  it('lets a token with its scope in and says who calls', async () => {
    const url = await start();
    const answer = await call(`${url}/v1/caller`, bearer(issuer.mint()));
    expect(answer).toEqual({
      status: 200,
      challenge: null,
      body: {
        tenant: 'acme',
        client: 'shop',
        issuer: issuer.url,
        scopes: ['challenge:get', 'challenge:post'],
      },
    });
  });

  it('lets an opaque token in', async () => {
    const url = await start();
    issuer.opaque.set('opaque', { active: true, ...issuer.claims() });
    expect((await call(`${url}/v1/caller`, bearer('opaque'))).status).toBe(200);
  });

  it.each([
    ['without a token', {}],
    ['with another scheme', { authorization: 'Basic YTpi' }],
    ['with a token elsewhere', { 'x-access-token': 'abc', cookie: 'access_token=abc' }],
  ])('answers 401 token-missing with a challenge %s', async (_how, headers) => {
    const url = await start();
    expect(await call(`${url}/v1/caller?access_token=abc`, headers)).toMatchObject({
      status: 401,
      challenge: expect.stringMatching(
        /^Bearer realm="acs", error="invalid_request", error_description="[^"]+"$/,
      ),
      body: { code: 'token-missing' },
    });
  });

  it('answers 401 token-invalid with a challenge', async () => {
    const url = await start();
    expect(await call(`${url}/v1/caller`, bearer(issuer.mint({ exp: 1 })))).toEqual({
      status: 401,
      challenge:
        'Bearer realm="acs", error="invalid_token", error_description="The access token has expired"',
      body: { code: 'token-invalid' },
    });
  });

  it('answers 401 to two Authorization headers, even of one good token', async () => {
    const url = await start();
    const token = issuer.mint();
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(`${url}/v1/caller`, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).setHeader('Authorization', [`Bearer ${token}`, `Bearer ${token}`]);
      request.end();
    });
    expect(status).toBe(401);
  });

  it('answers 403 with the scopes it takes, each of which must be there as a whole', async () => {
    const url = await start();
    for (const scope of [
      '',
      'challenge:policy:post',
      'challenge:post',
      'challenge:post challenge:policy:post:x',
      'challenge:*',
      'CHALLENGE:POST challenge:policy:post',
    ]) {
      const answer = await call(`${url}/v1/both`, bearer(issuer.mint({ scope })), 'POST');
      expect(answer).toEqual({
        status: 403,
        challenge:
          'Bearer realm="acs", error="insufficient_scope", error_description="The access token lacks a scope that this call requires", scope="challenge:post challenge:policy:post"',
        body: { code: 'scope-insufficient' },
      });
    }
    const scope = 'other challenge:policy:post challenge:post';
    expect((await call(`${url}/v1/both`, bearer(issuer.mint({ scope })), 'POST')).status).toBe(201);
    expect(app?.get(GuardedController).calls).toBe(1);
  });

  it('answers 403 tenant-missing, and no header or query gives a token a tenant', async () => {
    const url = await start();
    const headers = {
      ...bearer(issuer.mint({ tenant_id: undefined })),
      'x-tenant-id': 'acme',
      tenant: 'acme',
    };
    expect(await call(`${url}/v1/caller?tenant_id=acme`, headers)).toMatchObject({
      status: 403,
      challenge: expect.stringContaining('scope="challenge:get"'),
      body: { code: 'tenant-missing' },
    });
    const spoofed = { ...headers, ...bearer(issuer.mint()), 'x-tenant-id': 'eu-1' };
    expect((await call(`${url}/v1/caller?tenant_id=eu-1`, spoofed)).body['tenant']).toBe('acme');
  });

  it('answers 503 without a challenge when the keys cannot be had', async () => {
    const url = await start();
    issuer.misbehaviour = (request) => request.socket.destroy();
    expect(await call(`${url}/v1/caller`, bearer(issuer.mint()))).toEqual({
      status: 503,
      challenge: null,
      body: { code: 'unavailable', retryAfter: 2 },
    });
  });

  it('answers HEAD as it answers GET', async () => {
    const url = await start();
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${url}/v1/caller`, { method: 'HEAD', headers })).status;
    expect(await status({})).toBe(401);
    expect(await status(bearer(issuer.mint()))).toBe(200);
  });
});

describe('a public route', () => {
  it('answers without a token and whatever the token', async () => {
    const url = await start();
    for (const headers of [{}, bearer('garbage')])
      expect(await call(`${url}/open`, headers)).toMatchObject({ status: 200, body: { open: true } });
  });
});

describe('failed authentications', () => {
  const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });

  it('are answered 429 past a hundred a minute from one address, where good tokens still pass', async () => {
    const url = await start();
    const fail = (address: string): Promise<GuardAnswer> =>
      call(`${url}/v1/caller`, { ...from(address), ...bearer(issuer.mint({ exp: 1, jti: randomUUID() })) });
    for (let time = 0; time < 100; time += 1) expect((await fail('192.0.2.1')).status).toBe(401);
    const refused = await fail('192.0.2.1');
    expect(refused).toMatchObject({
      status: 429,
      body: { code: 'rate-limited', limit: { per: 'FAILED_AUTHENTICATIONS' } },
    });
    expect(refused.body['retryAfter']).toBeGreaterThan(0);
    expect((await fail('192.0.2.2')).status).toBe(401);
    expect((await call(`${url}/v1/caller`, { ...from('192.0.2.1'), ...bearer(issuer.mint()) })).status).toBe(
      200,
    );
    const asked = issuer.introspections;
    expect((await call(`${url}/v1/caller`, { ...from('192.0.2.1'), ...bearer('opaque') })).status).toBe(429);
    expect(issuer.introspections).toBe(asked);
    expect(logger.lines.filter((line) => line.includes('192.0.2.1"'))).toHaveLength(100);
  });

  it('leave the tokens alone that were accepted before, of the same address', async () => {
    const now = Date.now;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now());
    const url = await start();
    const caller = (token: string): Promise<GuardAnswer> =>
      call(`${url}/v1/caller`, { ...from('192.0.2.3'), ...bearer(token) });
    issuer.opaque.set('good', { active: true, ...issuer.claims() });
    expect((await caller('good')).status).toBe(200);
    // What introspection said is forgotten by now.
    clock.mockImplementation(() => now() + 31_000);
    for (let time = 0; time < 100; time += 1) expect((await caller(`bad-${time}`)).status).toBe(401);
    expect((await caller('bad')).status).toBe(429);
    const asked = issuer.introspections;
    expect((await caller('good')).status).toBe(200);
    expect(issuer.introspections).toBe(asked + 1);
    clock.mockRestore();
  });

  it('are logged with the address and the reason, without the token', async () => {
    const url = await start();
    const token = issuer.mint({ exp: 1, sub: 'CANARY' });
    await call(`${url}/v1/caller`, bearer(token));
    await call(`${url}/v1/caller`, bearer(issuer.mint({ scope: '' })));
    const log = logger.lines.join('\n');
    expect(log).toContain('"event":"token-invalid","reason":"The access token has expired","ip":"127.0.0.1"');
    expect(log).toContain('"event":"scope-insufficient","ip":"127.0.0.1","tenant":"acme"');
    for (const secret of ['CANARY', ...token.split('.')]) expect(log).not.toContain(secret);
  });
});

describe('the start', () => {
  @Controller('undeclared')
  class UndeclaredController {
    @Get()
    undeclared(): void {
      return;
    }
  }

  class InheritedController extends UndeclaredController {}
  Controller('inherited')(InheritedController);

  @Controller('contradictory')
  @Public()
  class ContradictoryController {
    @Get()
    @RequireScopes('challenge:get')
    both(): void {
      return;
    }
  }

  it.each([
    [UndeclaredController, 'UndeclaredController.undeclared'],
    [InheritedController, 'InheritedController.undeclared'],
    [ContradictoryController, 'ContradictoryController.both'],
  ])('is refused for a route that does not say who may call it: %p', async (controller, route) => {
    await expect(start([GuardedController, controller])).rejects.toThrow(
      `These routes need either @RequireScopes or @Public, and not both: ${route}`,
    );
  });
});
