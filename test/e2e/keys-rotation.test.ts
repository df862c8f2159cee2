import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient, ApiResponse, ProblemView } from '../support/api-client.js';
import { acs } from '../support/cli.js';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, SOAK, someone, tally, wrongFor } from '../support/core-proof.js';

const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const OLD = key('old');
const NEW = key('new');
const PARALLEL = SOAK ? 200 : 50;
const MAX = 7;
/** Wrong answers in a row that cost no wait; the one after them is compared too, and begins the first wait. */
const FREE_FAILURES = 4;
const MAXIMA = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe('a rotation of keys, step by step', () => {
  let proof: CoreProof;
  /** One API process at each step: before it, the new key added, the new key first, the old key gone. */
  let before: ApiClient;
  let added: ApiClient;
  let promoted: ApiClient;
  let after: ApiClient;

  beforeAll(async () => {
    proof = await CoreProof.start(
      { apiEnv: { SECRET_KEYS: OLD }, workerEnv: { SECRET_KEYS: `${OLD},${NEW}` } },
      emailCodePolicy('code', { resend: { secret: 'SAME', cooldownSeconds: 15 } }),
      emailCodePolicy('renewed', { resend: { secret: 'NEW', cooldownSeconds: 15 } }),
      emailCodePolicy('limited', {
        limits: [{ per: 'RECIPIENT', max: MAX, windowSeconds: 600 }],
        active: { maxPerRecipient: 5 },
      }),
      emailCodePolicy('rejects', { active: { maxPerRecipient: 1, whenExceeded: 'REJECT' } }),
      emailCodePolicy('many', { active: { maxPerRecipient: 5 }, maxAttempts: 5 }),
      ...MAXIMA.map((maxAttempts) => emailCodePolicy(`max-${maxAttempts}`, { maxAttempts })),
      tokenPolicy('token'),
      tokenPolicy('token-shared', { limits: [{ per: 'POLICY', max: MAX, windowSeconds: 600 }] }),
    );
    await proof.acs.addApi({ SECRET_KEYS: `${OLD},${NEW}` });
    await proof.acs.addApi({ SECRET_KEYS: `${NEW},${OLD}` });
    await proof.acs.addApi({ SECRET_KEYS: NEW });
    [before, added, promoted, after] = (await proof.callers()) as [
      ApiClient,
      ApiClient,
      ApiClient,
      ApiClient,
    ];
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  async function outcomes(
    by: readonly ApiClient[],
    policyAlias: string,
    recipient?: string,
  ): Promise<ApiResponse<Partial<ProblemView>>[]> {
    const body = { policyAlias, ...(recipient === undefined ? {} : { recipient }) };
    return await Promise.all(
      Array.from({ length: PARALLEL }, (_, index) =>
        decided(() => by[index % by.length]!.createChallenge(body)),
      ),
    );
  }

  it('answers and completes with the new key first what the old one issued', async () => {
    const { id, answer, wrong } = await proof.issue('code');
    expect((await promoted.answer(id, wrong)).body.code).toBe('answer-incorrect');
    expect((await promoted.answer(id, answer)).body.state).toBe('VERIFIED');
    expect((await promoted.complete(id)).body.state).toBe('COMPLETED');
  });

  it('answers with the old key first what the new one issued', async () => {
    const created = await promoted.createChallenge({ policyAlias: 'code', recipient: someone() });
    const code = await proof.code(created.body.id);
    expect((await added.answer(created.body.id, code)).body.state).toBe('VERIFIED');
  });

  it('sends again, with the new key first, the code that the old one sealed', async () => {
    const { id, answer } = await proof.issue('code');
    await proof.database.endCooldown(id);
    expect((await promoted.resend(id)).status).toBe(202);
    expect(await proof.code(id, 2)).toBe(answer);
    expect((await added.answer(id, answer)).body.state).toBe('VERIFIED');
  });

  it('knows a code of the old key as superseded by one of the new', async () => {
    const { id, answer } = await proof.issue('renewed');
    await proof.database.endCooldown(id);
    await promoted.resend(id);
    const renewed = await proof.code(id, 2);
    if (renewed !== answer) expect((await promoted.answer(id, answer)).body.code).toBe('answer-superseded');
    expect((await added.answer(id, renewed)).body.state).toBe('VERIFIED');
  });

  it('replays an outcome that the old key sealed, the token included', async () => {
    const headers = { 'idempotency-key': randomBytes(8).toString('hex') };
    const first = await before.createChallenge({ policyAlias: 'token' }, headers);
    const replayed = await promoted.createChallenge({ policyAlias: 'token' }, headers);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expect(replayed.body).toEqual(first.body);
    expect(replayed.body.token).toBeTruthy();
  });

  it('replays, once the old key is gone, what was sealed again; and knows another request', async () => {
    const headers = { 'idempotency-key': randomBytes(8).toString('hex') };
    const first = await before.createChallenge({ policyAlias: 'token', subject: 'a' }, headers);
    const { code } = await acs(['keys', 'rotate'], {
      env: { DATABASE_URL: proof.acs.database.workerUrl, SECRET_KEYS: `${NEW},${OLD}` },
    });
    expect(code).toBe(0);
    const replayed = await after.createChallenge({ policyAlias: 'token', subject: 'a' }, headers);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expect(replayed.body).toEqual(first.body);
    const other = await after.createChallenge({ policyAlias: 'token', subject: 'b' }, headers);
    expect(other.body.code).toBe('idempotency-key-reused');
  });

  it('goes on with a list whose cursor the old key made', async () => {
    const page = await before.request<{ nextCursor: string }>('GET', '/v1/policies?limit=2');
    const next = `/v1/policies?limit=2&cursor=${page.body.nextCursor}`;
    expect((await promoted.request('GET', next)).status).toBe(200);
  });

  it('supersedes an open challenge whatever keys it and its successor are made with', async () => {
    const recipient = someone();
    const chain = [before, added, promoted, added, promoted, after];
    const ids: string[] = [];
    for (const caller of chain)
      ids.push((await caller.createChallenge({ policyAlias: 'code', recipient })).body.id);
    for (const id of ids.slice(0, -1))
      expect((await added.request('GET', `/v1/challenges/${id}`)).body).toMatchObject({
        state: 'CANCELLED',
        stateReason: 'SUPERSEDED',
      });
  });

  it('leaves one of many parallel creates open, the old key first here and the new one there', async () => {
    const recipient = someone();
    await before.createChallenge({ policyAlias: 'code', recipient });
    // The configuration's own limit is 10 an hour.
    const made = tally(await outcomes([added, promoted], 'code', recipient));
    expect(made).toEqual({ 201: 9, 'rate-limited': PARALLEL - 9 });
    const [open] = await proof.database.rows<{ open: number }>(
      `SELECT count(*)::int AS open FROM challenge WHERE deadline_at IS NOT NULL AND recipient_index IN (
         SELECT unnest(recipient_indexes) FROM challenge WHERE id = (SELECT max(id::text)::uuid FROM challenge))`,
    );
    expect(open).toEqual({ open: 1 });
  });

  it('refuses a second open challenge where the policy does, across keys and in parallel', async () => {
    const recipient = someone();
    await before.createChallenge({ policyAlias: 'rejects', recipient });
    const refused = await promoted.createChallenge({ policyAlias: 'rejects', recipient });
    expect(refused.body.code).toBe('challenge-already-active');
    const made = tally(await outcomes([added, promoted], 'rejects', someone()));
    expect(made).toEqual({ 201: 1, 'challenge-already-active': PARALLEL - 1 });
  });

  it('holds a limit exactly while the new key is brought in', async () => {
    const recipient = someone();
    for (let count = 0; count < 3; count += 1)
      expect((await before.createChallenge({ policyAlias: 'limited', recipient })).status).toBe(201);
    const mixed = tally(await outcomes([before, added, added, promoted], 'limited', recipient));
    expect(mixed).toEqual({ 201: MAX - 3, 'rate-limited': PARALLEL - (MAX - 3) });
    for (const caller of [before, added, promoted])
      expect((await caller.createChallenge({ policyAlias: 'limited', recipient })).body.code).toBe(
        'rate-limited',
      );
  });

  it('holds a limit exactly while the old key goes', async () => {
    const recipient = someone();
    for (const caller of [before, added, promoted])
      expect((await caller.createChallenge({ policyAlias: 'limited', recipient })).status).toBe(201);
    const mixed = tally(await outcomes([promoted, after], 'limited', recipient));
    expect(mixed).toEqual({ 201: MAX - 3, 'rate-limited': PARALLEL - (MAX - 3) });
  });

  it('holds a limit exactly that nobody has used before, with the rings in either order', async () => {
    const made = tally(await outcomes([added, promoted], 'limited', someone()));
    expect(made).toEqual({ 201: MAX, 'rate-limited': PARALLEL - MAX });
    const last = tally(await outcomes([promoted, after], 'limited', someone()));
    expect(last).toEqual({ 201: MAX, 'rate-limited': PARALLEL - MAX });
  });

  it('refuses what is seen to be full without waiting for whoever holds the counters', async () => {
    const recipient = someone();
    for (let count = 0; count < MAX; count += 1)
      await before.createChallenge({ policyAlias: 'limited', recipient });
    const gate = await proof.database.holdCounters();
    try {
      for (const caller of [added, promoted])
        expect((await caller.createChallenge({ policyAlias: 'limited', recipient })).body.code).toBe(
          'rate-limited',
        );
    } finally {
      await gate.open();
    }
  });

  it('gives back under every key what a refused challenge was counted as', async () => {
    const recipient = someone();
    await promoted.createChallenge({ policyAlias: 'rejects', recipient });
    const counters = async (): Promise<object[]> =>
      await proof.database.rows(
        `SELECT key, count, window_ends_at::text FROM limit_counter
         WHERE window_ends_at > clock_timestamp() ORDER BY key`,
      );
    const counted = await counters();
    for (const caller of [promoted, added, promoted, added])
      expect((await caller.createChallenge({ policyAlias: 'rejects', recipient })).body.code).toBe(
        'challenge-already-active',
      );
    expect(await counters()).toEqual(counted);
  });

  it('holds a limit exactly that all requests of the tenant share', async () => {
    for (let count = 0; count < 2; count += 1)
      expect((await before.createChallenge({ policyAlias: 'token-shared' })).status).toBe(201);
    const made = tally(await outcomes([added, promoted], 'token-shared'));
    expect(made).toEqual({ 201: MAX - 2, 'rate-limited': PARALLEL - (MAX - 2) });
    expect((await after.createChallenge({ policyAlias: 'token-shared' })).body.code).toBe('rate-limited');
  });

  it('never lowers the failures of a recipient, from the first step to the last', async () => {
    const recipient = someone();
    const guess = async (caller: ApiClient, on: ApiClient): Promise<string | undefined> => {
      const created = await caller.createChallenge({ policyAlias: 'many', recipient });
      const answer = wrongFor(await proof.code(created.body.id));
      return (await on.answer(created.body.id, answer)).body.code;
    };
    expect(await guess(before, before)).toBe('answer-incorrect');
    expect(await guess(before, added)).toBe('answer-incorrect');
    expect(await guess(added, promoted)).toBe('answer-incorrect');
    expect(await guess(promoted, added)).toBe('answer-incorrect');
    // The fifth is compared and begins a wait, which holds on every process.
    expect(await guess(promoted, promoted)).toBe('answer-incorrect');
    expect(await guess(after, after)).toBe('rate-limited');
    expect(await guess(before, before)).toBe('rate-limited');
    expect(await guess(added, before)).toBe('rate-limited');
    expect(await guess(promoted, added)).toBe('rate-limited');
  });

  it('compares no more wrong answers in parallel than in a row, whatever keys the challenges have', async () => {
    const recipient = someone();
    const makers = [before, added, promoted, added, promoted];
    const challenges = await Promise.all(
      makers.map((caller) => caller.createChallenge({ policyAlias: 'many', recipient })),
    );
    const guesses = await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        decided(() => [added, promoted][index % 2]!.answer(challenges[index % 5]!.body.id, `WRONG${index}`)),
      ),
    );
    const { 'answer-incorrect': compared = 0 } = tally(guesses);
    expect(compared).toBe(FREE_FAILURES + 1);
  });

  it.each(MAXIMA)(
    'accepts one of many right answers at the same time, and the rest conflict (%i attempts)',
    async (max) => {
      const created = await promoted.createChallenge({ policyAlias: `max-${max}`, recipient: someone() });
      const code = await proof.code(created.body.id);
      const outcomes = await Promise.all(
        Array.from({ length: PARALLEL }, (_, index) =>
          decided(() => [added, promoted, after][index % 3]!.answer(created.body.id, code)),
        ),
      );
      expect(tally(outcomes)).toEqual({ 200: 1, 'challenge-state-conflict': PARALLEL - 1 });
    },
  );

  it('knows under every key whether the newest failure is decided, whoever counted it', async () => {
    const recipient = someone();
    const issue = async (caller: ApiClient): Promise<string> =>
      (await caller.createChallenge({ policyAlias: 'many', recipient })).body.id;
    const first = await issue(before);
    const [old, both, fresh] = [await issue(before), await issue(added), await issue(after)];
    for (let count = 0; count < FREE_FAILURES; count += 1) await before.answer(first, 'WRONG1');
    const mend = await proof.database.breakOn(`BEFORE INSERT ON audit FOR EACH ROW
      WHEN (NEW.event = 'challenge.answer.refused' AND NEW.reason = 'answer-incorrect')`);
    // The process that counted this failure never says that it is one.
    expect((await before.answer(old, 'WRONG1')).status).toBe(503);
    await mend();
    const refused = async (): Promise<(string | undefined)[]> => {
      const responses = [
        await promoted.answer(both, 'WRONG1'),
        await after.answer(fresh, 'WRONG1'),
        await before.answer(old, 'WRONG1'),
      ];
      return responses.map(({ body }) => body.code);
    };
    expect(await refused()).toEqual(Array(3).fill('challenge-state-conflict'));
    await proof.database.rows(
      `UPDATE limit_counter SET undecided_since = undecided_since - interval '20 seconds'`,
    );
    expect(await refused()).toEqual(Array(3).fill('rate-limited'));
    for (const id of [both, fresh]) expect(await proof.database.attemptsUsed(id)).toBe(0);
  });

  it('forgets the failures under every key with a right answer', async () => {
    const recipient = someone();
    const guessed = await promoted.createChallenge({ policyAlias: 'many', recipient });
    for (let count = 0; count < 3; count += 1) await promoted.answer(guessed.body.id, 'WRONG1');
    const created = await added.createChallenge({ policyAlias: 'many', recipient });
    await added.answer(created.body.id, await proof.code(created.body.id));
    const left = await proof.database.rows(
      `SELECT l.count FROM challenge c, unnest(c.recipient_indexes) i, limit_counter l
       WHERE c.id = $1 AND l.key = 'failures:'::bytea || i`,
      created.body.id,
    );
    expect(left).toEqual([]);
  });

  it('writes one row a counter while there is one key', async () => {
    const rows = async (): Promise<number> =>
      (await proof.database.rows<{ n: number }>('SELECT count(*)::int AS n FROM limit_counter'))[0]!.n;
    const [start] = [await rows()];
    await after.createChallenge({ policyAlias: 'code', recipient: someone() });
    const single = (await rows()) - start;
    await promoted.createChallenge({ policyAlias: 'code', recipient: someone() });
    expect((await rows()) - start - single).toBe(2 * single);
  });
});

/** The answer of the service once it has one: on a machine that is busy with other things it sheds some of a crowd. */
async function decided<T extends { readonly code?: string }>(
  request: () => Promise<ApiResponse<T>>,
): Promise<ApiResponse<T>> {
  for (;;) {
    const response = await request();
    if (response.body.code !== 'unavailable') return response;
  }
}
