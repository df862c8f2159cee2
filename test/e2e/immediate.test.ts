import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Acs, startAcs } from '../support/acs.js';

const PROCESSES = 4;
const SOAK = Boolean(process.env['SOAK']);
const ROUNDS = SOAK ? 1_000 : 250;
const POLICY_ROUNDS = SOAK ? 1_000 : 100;

describe('a change by an administrator', () => {
  let acs: Acs;

  beforeAll(async () => {
    acs = await startAcs({ apis: PROCESSES, workers: 0, policies: ['app-to-web'] });
  });

  afterAll(async () => {
    await acs.stop();
  });

  /** The same caller at each of the processes, with one token. */
  function everywhere(): ReturnType<Acs['api']>[] {
    return Array.from({ length: PROCESSES }, (_, on) => acs.api('acme', undefined, on));
  }

  it(
    'to the configuration holds for the next request on every process, round after round',
    async () => {
      const callers = everywhere();
      const { body: configuration } = await callers[0]!.getConfiguration();
      const issuance = configuration['issuance'] as object;
      const settings = Object.fromEntries(
        Object.entries(configuration).filter(([name]) => name !== 'version'),
      );
      const perTenant = { max: 6_000, windowSeconds: 60 };
      let stale = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const enabled = round % 2 === 1;
        const put = await callers[round % PROCESSES]!.putConfiguration({
          ...settings,
          issuance: { ...issuance, perTenant, enabled },
        });
        expect(put.status).toBe(200);
        const other = callers[(round + 1 + (round % (PROCESSES - 1))) % PROCESSES]!;
        const create = await other.createChallenge({ policyAlias: 'app-to-web' });
        if (create.status !== (enabled ? 201 : 503)) stale += 1;
      }
      expect(stale).toBe(0);
    },
    SOAK ? 300_000 : 180_000,
  );

  it(
    'to a policy holds for the next challenge on every process',
    async () => {
      const callers = everywhere();
      const created = await callers[0]!.createPolicy({
        alias: 'changing',
        type: 'TOKEN',
        conditions: { maxAttempts: 1 },
      });
      expect(created.status).toBe(201);
      const id = created.body['id'] as string;
      for (let round = 0; round < POLICY_ROUNDS; round += 1) {
        const maxAttempts = 1 + (round % 10);
        const put = await callers[round % PROCESSES]!.request('PUT', `/v1/policies/${id}`, {
          alias: 'changing',
          type: 'TOKEN',
          conditions: { maxAttempts },
          version: round + 1,
        });
        expect(put.status).toBe(200);
        const { body } = await callers[(round + 1) % PROCESSES]!.createChallenge({ policyAlias: 'changing' });
        expect(body).toMatchObject({ policy: { version: round + 2 }, attempts: { max: maxAttempts } });
      }
    },
    SOAK ? 300_000 : 60_000,
  );
});
