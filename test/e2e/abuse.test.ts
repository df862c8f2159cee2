import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient, ApiResponse, ProblemView } from '../support/api-client.js';
import { emailCodePolicy, smsCodePolicy } from '../support/core-policies.js';
import { CoreProof, SOAK, someone, tally } from '../support/core-proof.js';

const PARALLEL = 50;
const ROUNDS = SOAK ? 10 : 2;
const MAX = 7;
const WINDOW = 600;
const GUESSED_CHALLENGES = SOAK ? 1_000 : 100;
const GUESSES = 5;
/** The failures in a row after which a recipient is blocked. */
const BLOCKED_AT = 50;
const POLICIES = Array.from({ length: 10 }, (_, index) => `bomb-${index}`);

type Outcome = ApiResponse<Partial<ProblemView> & { readonly id: string }>;

describe('abuse', () => {
  let proof: CoreProof;
  let callers: ApiClient[];
  let numbers = 0;

  beforeAll(async () => {
    const limited = (per: string): object => ({ limits: [{ per, max: MAX, windowSeconds: WINDOW }] });
    proof = await CoreProof.start(
      { apis: 2, workers: 0 },
      smsCodePolicy('sms-per-policy', limited('POLICY')),
      smsCodePolicy('sms-per-ip', limited('CLIENT_IP')),
      smsCodePolicy('sms-per-client', limited('CLIENT_ID')),
      smsCodePolicy('sms-per-subject', limited('SUBJECT')),
      smsCodePolicy('sms-per-recipient', limited('RECIPIENT')),
      smsCodePolicy('sms', {}),
      emailCodePolicy('guess', { maxAttempts: 10, active: { maxPerRecipient: 5 } }),
      ...POLICIES.map((alias) => emailCodePolicy(alias)),
    );
    callers = await proof.callers();
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  /** Numbers of one range, one after the other, as whoever is paid for each message would use them. */
  function adjacent(count: number): string[] {
    return Array.from({ length: count }, () => `+316${String(12_000_000 + (numbers += 1))}`);
  }

  async function createAll(requests: readonly object[], by = callers): Promise<Outcome[]> {
    return await Promise.all(
      requests.map((request, index) => by[index % by.length]!.createChallenge({ ...request })),
    );
  }

  async function messagesUnder(policyAlias: string): Promise<number> {
    const [row] = await proof.database.rows<{ count: number }>(
      `SELECT count(*)::int AS count FROM delivery d JOIN challenge c ON c.tenant_id = d.tenant_id AND c.id = d.challenge_id
       WHERE c.policy_alias = $1`,
      policyAlias,
    );
    return row!.count;
  }

  describe('of adjacent numbers', () => {
    it.each([
      ['POLICY', 'sms-per-policy', {}],
      ['CLIENT_IP', 'sms-per-ip', { client: { ip: '203.0.113.7' } }],
      ['CLIENT_ID', 'sms-per-client', { client: { id: 'one session' } }],
      ['SUBJECT', 'sms-per-subject', { subject: 'one account' }],
    ])(
      'is stopped by a limit per %s, which parallel creates do not overshoot',
      async (per, policyAlias, who) => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const outcomes = await createAll(
            adjacent(PARALLEL).map((recipient) => ({ policyAlias, recipient, ...who })),
          );
          const granted = round === 0 ? MAX : 0;
          const refused = { 'rate-limited': PARALLEL - granted };
          expect(tally(outcomes)).toEqual(granted > 0 ? { '201': granted, ...refused } : refused);
          const { body } = outcomes.find(({ status }) => status === 429)!;
          expect(body).toMatchObject({ limit: { per, max: MAX, windowSeconds: WINDOW } });
        }
        expect(await messagesUnder(policyAlias)).toBe(MAX);
      },
    );

    it('is not seen by a limit per RECIPIENT, so that it takes one of the others', async () => {
      const outcomes = await createAll(
        adjacent(PARALLEL).map((recipient) => ({ policyAlias: 'sms-per-recipient', recipient })),
      );
      expect(tally(outcomes)).toEqual({ '201': PARALLEL });
    });

    it('is stopped by the limit of the tenant whatever the policies say, and whoever asks', async () => {
      const globex = proof.acs.apis.map((_process, on) => proof.acs.api('globex', undefined, on));
      for (const alias of ['one', 'two']) await globex[0]!.createPolicy(smsCodePolicy(alias));
      const { body } = await globex[0]!.getConfiguration();
      const issuance = { ...(body['issuance'] as object), perTenant: { max: 12, windowSeconds: 3_600 } };
      expect(await globex[0]!.putConfiguration({ ...body, issuance })).toMatchObject({ status: 200 });
      const outcomes = await createAll(
        adjacent(PARALLEL).map((recipient, index) => ({
          policyAlias: index % 2 ? 'one' : 'two',
          recipient,
          client: { ip: `203.0.113.${index}`, id: `session ${index}` },
        })),
        globex,
      );
      expect(tally(outcomes)).toEqual({ '201': 12, 'rate-limited': PARALLEL - 12 });
      expect((await messagesUnder('one')) + (await messagesUnder('two'))).toBe(12);
      expect(await createAll([{ policyAlias: 'sms', recipient: adjacent(1)[0]! }])).toMatchObject([
        { status: 201 },
      ]);
    });

    it.each([
      ['a country that is not listed', '+33612345678', 'recipient-not-allowed'],
      ['a satellite network', '+881612345678', 'recipient-not-allowed'],
      ['a number that costs whoever is called', '+31900123456', 'recipient-not-allowed'],
      ['a land line', '+31201234567', 'recipient-not-allowed'],
      ['a number that nobody has', '+31600000', 'recipient-invalid'],
    ])('reaches no %s', async (_what, recipient, code) => {
      const outcomes = await createAll(Array.from({ length: 5 }, () => ({ policyAlias: 'sms', recipient })));
      expect(outcomes.map(({ status, body }) => [status, body.code])).toEqual(
        Array.from({ length: 5 }, () => [422, code]),
      );
    });
  });

  describe('of one mailbox', () => {
    const MESSAGES = 10;

    it('across many policies is stopped by the configuration, however its address is written', async () => {
      const spellings = ['Victim@example.com', 'victim@EXAMPLE.com', 'VICTIM@example.COM'];
      for (let round = 0; round < ROUNDS; round += 1) {
        const outcomes = await createAll(
          Array.from({ length: PARALLEL }, (_, index) => ({
            policyAlias: POLICIES[index % POLICIES.length],
            recipient: spellings[index % spellings.length],
            client: { ip: `198.51.100.${index}`, id: `session ${round} ${index}` },
            subject: `subject ${round} ${index}`,
          })),
        );
        const granted = round === 0 ? MESSAGES : 0;
        const refused = { 'rate-limited': PARALLEL - granted };
        expect(tally(outcomes)).toEqual(granted > 0 ? { '201': granted, ...refused } : refused);
      }
    });

    it('gets no further by new policies, by cancelling, or by giving wrong answers', async () => {
      const recipient = someone();
      const ask = async (): Promise<Outcome[]> =>
        await createAll(POLICIES.map((policyAlias) => ({ policyAlias, recipient })));
      const first = await ask();
      expect(tally(first)).toEqual({ '201': MESSAGES });
      for (const { body } of first.slice(0, 5)) await proof.api().cancel(body.id);
      for (const { body } of first.slice(5)) await proof.api().answer(body.id, 'WRONG');
      await proof.api().createPolicy(emailCodePolicy('bomb-anew'));
      const later = [...(await ask()), ...(await createAll([{ policyAlias: 'bomb-anew', recipient }]))];
      expect(tally(later)).toEqual({ 'rate-limited': POLICIES.length + 1 });
    });

    it('by resends ends with those that the policy allows, each after its wait', async () => {
      const [created] = await createAll([{ policyAlias: 'bomb-0', recipient: someone() }]);
      const { id } = created!.body;
      const resendAll = async (): Promise<Record<string, number>> =>
        tally(
          await Promise.all(
            Array.from({ length: PARALLEL }, (_, index) => callers[index % callers.length]!.resend(id)),
          ),
        );
      expect(await resendAll()).toEqual({ 'resend-too-soon': PARALLEL });
      for (let resent = 0; resent < 3; resent += 1) {
        await proof.database.endCooldown(id);
        const outcomes = await resendAll();
        expect(outcomes['202']).toBe(1);
        expect(outcomes['500']).toBeUndefined();
      }
      await proof.database.endCooldown(id);
      expect(await resendAll()).toEqual({ 'resend-exhausted': PARALLEL });
      const [row] = await proof.database.rows<{ count: number }>(
        'SELECT count(*)::int AS count FROM delivery WHERE challenge_id = $1',
        id,
      );
      expect(row).toEqual({ count: 4 });
    });
  });

  it(
    `of one recipient by ${GUESSED_CHALLENGES} challenges and ${GUESSES} guesses at each has ${BLOCKED_AT} guesses compared`,
    async () => {
      await allow({ perRecipient: { max: 100, windowSeconds: 60 } }, BLOCKED_AT);
      const recipient = someone();
      const guesses: ApiResponse<Partial<ProblemView>>[] = [];
      let compared = 0;
      while (guesses.length < GUESSED_CHALLENGES * GUESSES) {
        const created = await createAll(
          Array.from({ length: 5 }, () => ({ policyAlias: 'guess', recipient })),
        );
        const ids = created.flatMap(({ status, body }) => (status === 201 ? [body.id] : []));
        expect(ids).toHaveLength(5);
        for (let guess = 0; guess < GUESSES; guess += 1) {
          const answers = ids.map((id, index) =>
            callers[index % callers.length]!.answer(id, `WRONG${guess}`),
          );
          guesses.push(...(await Promise.all(answers)));
          await waitOut();
        }
        compared += await attemptsUsed(ids);
      }
      expect(compared).toBe(BLOCKED_AT);
      const { 'answer-incorrect': wrong, 'rate-limited': told, ...rest } = tally(guesses);
      // What comes while an earlier guess is being checked is told so, and not compared either.
      const { 'challenge-state-conflict': undecided = 0, ...others } = rest;
      expect([wrong, told! + undecided, others]).toEqual([BLOCKED_AT, guesses.length - BLOCKED_AT, {}]);
    },
    SOAK ? 600_000 : 60_000,
  );

  async function allow(change: object, max: number): Promise<void> {
    const { body } = await proof.api().getConfiguration();
    const put = await proof.api().putConfiguration({
      ...body,
      issuance: { ...(body['issuance'] as object), ...change },
      answers: { failuresPerRecipient: { max, windowSeconds: 86_400 } },
    });
    expect(put).toMatchObject({ status: 200 });
  }

  async function attemptsUsed(ids: readonly string[]): Promise<number> {
    const [row] = await proof.database.rows<{ used: number }>(
      'SELECT sum(attempts_used)::int AS used FROM challenge WHERE id = ANY($1)',
      ids,
    );
    return row!.used;
  }

  /** As if somebody who has all the time had waited: for the limits of creating, and between answers, not for the block. */
  async function waitOut(): Promise<void> {
    await proof.database.rows(
      `UPDATE limit_counter SET blocked_until = CASE WHEN blocked_until = window_ends_at THEN blocked_until END,
         window_ends_at = CASE WHEN starts_with(encode(key, 'escape'), 'failures:') THEN window_ends_at ELSE clock_timestamp() END
       WHERE window_ends_at > clock_timestamp()`,
    );
  }
});
