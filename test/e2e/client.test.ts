import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AcsClient,
  type AcsClientOptions,
  isProblem,
  type Policy,
} from '../../clients/typescript/src/index.js';
import { currentDocument } from '../../scripts/clients/openapi-document.js';
import { type Acs, startAcs } from '../support/acs.js';
import { CoreDatabase } from '../support/core-database.js';
import { fetchDocument } from '../support/openapi-document.js';

describe('the TypeScript client', () => {
  let acs: Acs;
  let client: AcsClient;

  beforeAll(async () => {
    acs = await startAcs({ policies: ['password-reset', 'app-to-web'] });
    client = clientOf();
  });

  afterAll(async () => {
    await acs.stop();
  });

  function clientOf(options: Partial<AcsClientOptions> = {}): AcsClient {
    return new AcsClient({
      url: acs.apis[0]!.url,
      credentials: { tokenUrl: `${acs.issuer}/token`, clientId: 'acme', clientSecret: 'acme-secret' },
      ...options,
    });
  }

  async function challengesOf(subject: string): Promise<number> {
    const database = new CoreDatabase(acs.database.superuserUrl);
    return (await database.rows('SELECT FROM challenge WHERE subject = $1', subject)).length;
  }

  it('is made from the document that the service serves', async () => {
    const url = acs.apis[0]!.url;
    const served = JSON.stringify(await fetchDocument(url))
      .replaceAll(url, 'http://localhost:3000')
      .replaceAll(acs.issuer, 'http://localhost:3001');
    expect(JSON.parse(served)).toEqual(JSON.parse(JSON.stringify(await currentDocument())));
  });

  it('resets a password, from create to complete', async () => {
    const recipient = `${randomUUID()}@example.com`;
    const action = { name: 'password-reset', details: { account: 'ada' } };
    const created = await client.challenges.create({
      policyAlias: 'password-reset',
      recipient,
      subject: 'user-42',
      action,
    });
    expect(created).toMatchObject({ state: 'ISSUED', type: 'EMAIL_OTP' });
    const answer = await acs.mailbox.waitForCode(recipient);

    const wrong = answer === '000000' ? '000001' : '000000';
    const refused: unknown = await client.challenges
      .answer(created.id, { answer: wrong })
      .catch((error: unknown) => error);
    expect(isProblem(refused, 'answer-incorrect') && refused.problem.attemptsRemaining).toBe(4);

    const tooSoon: unknown = await client.challenges.resend(created.id).catch((error: unknown) => error);
    expect(isProblem(tooSoon, 'resend-too-soon') && tooSoon.retryAfterSeconds).toBeGreaterThan(10);

    expect(await client.challenges.answer(created.id, { answer })).toMatchObject({ state: 'VERIFIED' });
    const completed = await client.challenges.complete(created.id, { action });
    expect(completed).toMatchObject({ state: 'COMPLETED', subject: 'user-42', action });
    expect(await client.challenges.get(created.id)).toEqual(completed);
    await expect(client.challenges.cancel(created.id)).rejects.toMatchObject({
      code: 'challenge-state-conflict',
      problem: { state: 'COMPLETED' },
    });
  });

  it('makes one challenge of a create whose answer was lost', async () => {
    const subject = randomUUID();
    const replays: (string | null)[] = [];
    let lost = 1;
    const unlucky = clientOf({
      fetch: async (request) => {
        const response = await fetch(request);
        if (request.url.includes('/v1/')) replays.push(response.headers.get('idempotent-replayed'));
        if (request.url.includes('/v1/') && lost-- > 0) throw new TypeError('The connection broke');
        return response;
      },
    });
    const created = await unlucky.challenges.create({ policyAlias: 'app-to-web', subject });
    expect(replays).toEqual([null, 'true']);
    expect(created.token).toMatch(/^[\w-]{43}$/);
    expect(await client.challenges.answer(created.id, { answer: created.token! })).toMatchObject({ subject });
    expect(await challengesOf(subject)).toBe(1);
  });

  it('waits as a limit says, and as a first request under the same key does', async () => {
    const before = await client.configuration.get();
    const pauses: (string | null)[] = [];
    const patient = clientOf({
      fetch: async (request) => {
        const response = await fetch(request);
        if (response.status === 429) pauses.push(response.headers.get('retry-after'));
        return response;
      },
    });
    const perTenant = { max: 1, windowSeconds: 2 };
    await client.configuration.replace({ ...before, issuance: { ...before.issuance, perTenant } });
    const subject = randomUUID();
    let created = 0;
    for (; pauses.length === 0; created += 1)
      await patient.challenges.create({ policyAlias: 'app-to-web', subject });
    expect(created).toBeGreaterThanOrEqual(2);
    expect(await challengesOf(subject)).toBe(created);
    const current = await client.configuration.get();
    await client.configuration.replace({ ...before, version: current.version });

    const again = randomUUID();
    const replayed = await Promise.all(
      Array.from({ length: 10 }, () =>
        client.challenges.create({ policyAlias: 'app-to-web', subject: again }, { idempotencyKey: again }),
      ),
    );
    expect(new Set(replayed.map(({ token }) => token)).size).toBe(1);
    expect(await challengesOf(again)).toBe(1);
  });

  it('gets every page of the policies, and replaces what it read', async () => {
    const listed: Record<string, string> = {};
    for await (const { alias, id } of client.policies.all()) listed[alias] = id;
    expect(Object.keys(listed).sort()).toEqual(['app-to-web', 'password-reset']);

    const read: Policy = await client.policies.get(listed['app-to-web']!);
    const replaced = await client.policies.replace(read.id, { ...read, description: 'Another' });
    expect(replaced).toMatchObject({ version: read.version + 1, description: 'Another' });
    await expect(client.policies.replace(read.id, read)).rejects.toMatchObject({
      status: 409,
      code: 'policy-version-conflict',
      problem: { currentVersion: replaced.version },
    });
    await expect(client.policies.delete(read.id, { ifMatch: '"1"' })).rejects.toMatchObject({ status: 412 });
    expect((await client.policies.versions(read.id)).items).toHaveLength(2);
    expect(await client.policies.version(read.id, 1)).toMatchObject({ version: 1 });
    expect(await client.policies.preview(listed['password-reset']!)).toMatchObject({ locale: 'en' });
  });

  it('tells what is wrong with a request, all at once, and what names it in the logs', async () => {
    const thrown: unknown = await client.policies
      .create({ alias: 'No such name', type: 'TOKEN', conditions: { maxAttempts: 100 } })
      .catch((error: unknown) => error);
    if (!isProblem(thrown, 'request-invalid')) throw thrown;
    expect(thrown.errors.map(({ pointer }) => pointer).sort()).toEqual(['/alias', '/conditions/maxAttempts']);
    expect(thrown.requestId).toMatch(/^[0-9a-f]{32}$/);
    const limited = clientOf({
      credentials: {
        ...{ tokenUrl: `${acs.issuer}/token`, clientId: 'acme', clientSecret: 'acme-secret' },
        scope: 'challenge:get',
      },
    });
    await expect(limited.policies.list()).rejects.toMatchObject({ status: 403, code: 'scope-insufficient' });
  });
});
