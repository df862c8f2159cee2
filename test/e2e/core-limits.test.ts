import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient, ApiResponse, ProblemView } from '../support/api-client.js';
import { emailCodePolicy, tokenPolicy } from '../support/core-policies.js';
import { CoreProof, SOAK, someone, tally } from '../support/core-proof.js';

const PARALLEL = SOAK ? 120 : 50;
const MAX = 7;
const WINDOW = 600;

type Outcome = ApiResponse<Partial<ProblemView>>;

describe('the limits on new challenges', () => {
  let proof: CoreProof;
  let callers: ApiClient[];

  beforeAll(async () => {
    proof = await CoreProof.start(
      { apis: 2, workers: 0 },
      emailCodePolicy('per-recipient', limited('RECIPIENT')),
      tokenPolicy('per-subject', limited('SUBJECT')),
      tokenPolicy('per-client-ip', limited('CLIENT_IP')),
      tokenPolicy('per-client-id', limited('CLIENT_ID')),
      tokenPolicy('per-policy', limited('POLICY')),
      tokenPolicy('two-limits', {
        limits: [
          { per: 'SUBJECT', max: 2, windowSeconds: WINDOW },
          { per: 'POLICY', max: 5, windowSeconds: WINDOW },
        ],
      }),
      emailCodePolicy('rejects', {
        limits: [{ per: 'RECIPIENT', max: 2, windowSeconds: WINDOW }],
        active: { whenExceeded: 'REJECT' },
      }),
      emailCodePolicy('unlimited'),
      emailCodePolicy('unlimited-too'),
    );
    callers = await proof.callers();
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  async function atOnce(
    request: (index: number) => Readonly<Record<string, unknown>>,
    by = callers,
  ): Promise<Outcome[]> {
    return await Promise.all(
      Array.from({ length: PARALLEL }, (_, index) => by[index % by.length]!.createChallenge(request(index))),
    );
  }

  /** Demands that every refusal says which limit it was, to the caller and to the audit trail. */
  async function expectRefusals(
    outcomes: readonly Outcome[],
    limit: object,
    windowSeconds: number,
  ): Promise<void> {
    const traces = await proof.database.rows<{ id: string }>(
      `DELETE FROM audit WHERE event = 'challenge.create.refused' AND reason = 'rate-limited'
         AND object_id IS NULL AND detail -> 'limit' = $1 RETURNING id`,
      limit,
    );
    expect(traces).toHaveLength(outcomes.filter(({ status }) => status === 429).length);
    for (const { status, body, headers } of outcomes.filter(({ status: given }) => given !== 201)) {
      expect(status).toBe(429);
      expect(body).toMatchObject({ code: 'rate-limited', limit });
      const wait = Number(headers.get('retry-after'));
      expect(wait).toBeGreaterThan(windowSeconds - 60);
      expect(wait).toBeLessThanOrEqual(windowSeconds);
    }
  }

  /** Every counter there is, with its window. */
  async function counters(): Promise<unknown[]> {
    return await proof.database.rows(
      `SELECT tenant_id, encode(key, 'hex') AS key, count, window_ends_at::text FROM limit_counter
       WHERE window_ends_at > clock_timestamp() ORDER BY 1, 2`,
    );
  }

  const kinds = [
    {
      policyAlias: 'per-recipient',
      per: 'RECIPIENT',
      one: { recipient: 'Ann@example.com' },
      other: { recipient: 'bob@example.com' },
    },
    { policyAlias: 'per-subject', per: 'SUBJECT', one: { subject: 'a' }, other: { subject: 'b' } },
    {
      policyAlias: 'per-client-ip',
      per: 'CLIENT_IP',
      one: { client: { ip: '203.0.113.7' } },
      other: { client: { ip: '203.0.113.8' } },
    },
    {
      policyAlias: 'per-client-id',
      per: 'CLIENT_ID',
      one: { client: { id: 'a' } },
      other: { client: { id: 'b' } },
    },
  ];

  it.each(kinds)(
    'hold exactly per $per under many creates at the same time',
    async ({ policyAlias, per, one, other }) => {
      const outcomes = await atOnce(() => ({ policyAlias, ...one }));
      expect(tally(outcomes)).toEqual({ '201': MAX, 'rate-limited': PARALLEL - MAX });
      await expectRefusals(outcomes, { per, max: MAX, windowSeconds: WINDOW }, WINDOW);
      expect(await proof.api().createChallenge({ policyAlias, ...other })).toMatchObject({ status: 201 });
    },
  );

  it('count one mailbox however its address is written', async () => {
    const request = { policyAlias: 'per-recipient', recipient: 'ANN@EXAMPLE.com' };
    expect(await proof.api().createChallenge(request)).toMatchObject({ status: 429 });
  });

  it('count one end user however the address is written, and an IPv6 address as its network', async () => {
    const create = async (ip: string): Promise<number> =>
      (await proof.api().createChallenge({ policyAlias: 'per-client-ip', client: { ip } })).status;
    const written = ['203.0.113.9', '::ffff:203.0.113.9', '::FFFF:CB00:7109', '0:0:0:0:0:ffff:203.0.113.9'];
    const network = [
      '2001:db8:1:2::1',
      '2001:DB8:1:2:0:0:0:1',
      '2001:0db8:0001:0002:ffff::',
      '2001:db8:1:2::9',
    ];
    for (const [same, other] of [
      [written, '203.0.113.10'],
      [network, '2001:db8:1:3::1'],
    ] as const) {
      for (let round = 0; round < MAX; round += 1) expect(await create(same[round % same.length]!)).toBe(201);
      for (const ip of same) expect(await create(ip)).toBe(429);
      expect(await create(other)).toBe(201);
    }
  });

  it('hold exactly per POLICY, whoever asks, and end with their window', async () => {
    const outcomes = await atOnce((index) => ({ policyAlias: 'per-policy', subject: `subject ${index}` }));
    expect(tally(outcomes)).toEqual({ '201': MAX, 'rate-limited': PARALLEL - MAX });
    await expectRefusals(outcomes, { per: 'POLICY', max: MAX, windowSeconds: WINDOW }, WINDOW);
    await proof.database.rows('UPDATE limit_counter SET window_ends_at = clock_timestamp()');
    const later = await atOnce((index) => ({ policyAlias: 'per-policy', subject: `subject ${index}` }));
    expect(tally(later)).toEqual({ '201': MAX, 'rate-limited': PARALLEL - MAX });
  });

  it('take nothing from one another for what is refused', async () => {
    const create = async (subject: string): Promise<Outcome> =>
      await proof.api().createChallenge({ policyAlias: 'two-limits', subject });
    const first = await Promise.all(Array.from({ length: 10 }, () => create('a')));
    expect(tally(first)).toEqual({ '201': 2, 'rate-limited': 8 });
    const rest = [await create('b'), await create('b'), await create('c')];
    expect(tally(rest)).toEqual({ '201': 3 });
    const before = await counters();
    expect(await create('d')).toMatchObject({ status: 429, body: { limit: { per: 'POLICY', max: 5 } } });
    expect(await create('b')).toMatchObject({ status: 429, body: { limit: { per: 'SUBJECT', max: 2 } } });
    // Not even a window has begun for whom the first of them was about.
    expect(await counters()).toEqual(before);
  });

  it('take nothing for what another challenge stands in the way of', async () => {
    const recipient = someone();
    const create = async (): Promise<ApiResponse<{ readonly id: string; readonly code?: string }>> =>
      await proof.api().createChallenge({ policyAlias: 'rejects', recipient });
    const first = await create();
    const before = await counters();
    for (let refused = 0; refused < 4; refused += 1)
      expect(await create()).toMatchObject({ status: 409, body: { code: 'challenge-already-active' } });
    expect(await counters()).toEqual(before);
    await proof.api().cancel(first.body.id);
    const second = await create();
    expect(second.status).toBe(201);
    await proof.api().cancel(second.body.id);
    expect(await create()).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
  });

  it('of the configuration hold per recipient over all policies', async () => {
    const recipient = someone();
    const outcomes = await atOnce((index) => ({
      policyAlias: index % 2 ? 'unlimited' : 'unlimited-too',
      recipient,
    }));
    expect(tally(outcomes)).toEqual({ '201': 10, 'rate-limited': PARALLEL - 10 });
    await expectRefusals(outcomes, { per: 'RECIPIENT', max: 10, windowSeconds: 3_600 }, 3_600);
  });

  it('of the configuration hold per tenant, and change with it at once', async () => {
    const globex = proof.acs.apis.map((_process, index) => proof.acs.api('globex', undefined, index));
    await globex[0]!.createPolicy(tokenPolicy('token', limited('SUBJECT')));
    const { body: configuration } = await globex[0]!.getConfiguration();
    const limitTo = async (max: number): Promise<void> => {
      const { body } = await globex[0]!.getConfiguration();
      const issuance = { ...(configuration['issuance'] as object), perTenant: { max, windowSeconds: 3_600 } };
      const put = await globex[0]!.putConfiguration({ ...body, issuance });
      expect(put).toMatchObject({ status: 200, body: { issuance } });
    };
    await limitTo(12);
    const outcomes = await atOnce(() => ({ policyAlias: 'token' }), globex);
    expect(tally(outcomes)).toEqual({ '201': 12, 'rate-limited': PARALLEL - 12 });
    await expectRefusals(outcomes, { per: 'TENANT', max: 12, windowSeconds: 3_600 }, 3_600);
    const before = await counters();
    const refused = await globex[0]!.createChallenge({ policyAlias: 'token', subject: 'a' });
    expect(refused).toMatchObject({ status: 429, body: { limit: { per: 'TENANT' } } });
    expect(await counters()).toEqual(before);
    await limitTo(15);
    const more = await atOnce(() => ({ policyAlias: 'token' }), globex);
    expect(tally(more)).toEqual({ '201': 3, 'rate-limited': PARALLEL - 3 });
    expect(await proof.api().createChallenge({ policyAlias: 'per-client-id' })).toMatchObject({
      status: 201,
    });
  });
});

function limited(per: string): object {
  return { limits: [{ per, max: MAX, windowSeconds: WINDOW }] };
}
