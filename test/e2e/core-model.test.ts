import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  AnswerEarlier,
  AnswerRight,
  AnswerWrong,
  Cancel,
  ChangePolicy,
  COMMANDS,
  Complete,
  Create,
  Expire,
  policyBody,
  type Real,
  replacePolicy,
  Resend,
  ResendEarly,
} from '../support/core-commands.js';
import { CoreModel, type ModelPolicy } from '../support/core-model.js';
import { CoreProof, SOAK, someone } from '../support/core-proof.js';

const RUNS = SOAK ? 300 : 12;
const POLICIES: readonly ModelPolicy[] = [
  { alias: 'model-new', secret: 'NEW', maxResends: 2, maxActive: 1, maxAttempts: 3 },
  { alias: 'model-same', secret: 'SAME', maxResends: 1, maxActive: 2, maxAttempts: 2 },
];

/** Everything that can be done to the first challenge, none of which an end gives way to. */
const everything = (): fc.AsyncCommand<CoreModel, Real>[] => [
  new AnswerRight(0),
  new AnswerWrong(0),
  new AnswerEarlier(0),
  new Resend(0),
  new ResendEarly(0),
  new Complete(0),
  new Expire(0),
  new Cancel(0),
];

/** Sequences that once told the service and the model apart, or that each stand for a rule. */
const REGRESSIONS: Readonly<Record<string, readonly fc.AsyncCommand<CoreModel, Real>[]>> = {
  'a verified challenge takes nothing but its end, a completed one nothing': [
    new Create(0, 0),
    new AnswerRight(0),
    ...everything().slice(0, 6),
    ...everything(),
  ],
  'a cancelled challenge takes nothing': [new Create(0, 0), new Cancel(0), ...everything()],
  'an unanswered challenge takes nothing': [new Create(0, 0), new Expire(0), ...everything()],
  'an uncompleted challenge takes nothing': [
    new Create(0, 0),
    new AnswerRight(0),
    new Expire(0),
    ...everything(),
  ],
  'a failed challenge takes nothing': [
    new Create(1, 0),
    new AnswerWrong(0),
    new AnswerWrong(0),
    ...everything(),
  ],
  'an earlier code after the last attempt was wrong': [
    new Create(0, 0),
    new Resend(0),
    new AnswerWrong(0),
    new AnswerWrong(0),
    new AnswerWrong(0),
    new AnswerEarlier(0),
    new AnswerRight(0),
  ],
  'a verified challenge is superseded and cannot be completed': [
    new Create(0, 0),
    new AnswerRight(0),
    new Create(0, 0),
    new Complete(0),
    new Cancel(0),
    new AnswerRight(1),
    new Complete(1),
  ],
  'an expired challenge does not count among the active': [
    new Create(1, 0),
    new Create(1, 0),
    new Expire(1),
    new Create(1, 0),
    new AnswerRight(0),
  ],
  'a challenge keeps the attempts it was issued with': [
    new Create(1, 1),
    new ChangePolicy(1, 4),
    new Create(1, 1),
    new AnswerWrong(0),
    new AnswerWrong(0),
    new AnswerRight(0),
    new AnswerWrong(1),
    new AnswerWrong(1),
    new AnswerRight(1),
  ],
};

describe('challenges live as the model of their life says', () => {
  let proof: CoreProof;

  beforeAll(async () => {
    proof = await CoreProof.start({ apis: 1, workers: 1 }, ...POLICIES.map(policyBody));
    await proof.database.switchOffWaits();
    const { body } = await proof.api().getConfiguration();
    const issuance = { ...(body['issuance'] as object), perRecipient: { max: 100, windowSeconds: 60 } };
    await proof.api().putConfiguration({ ...body, issuance });
  });

  afterAll(async () => {
    await proof.acs.stop();
  });

  async function live(commands: Iterable<fc.AsyncCommand<CoreModel, Real>>): Promise<CoreModel> {
    const policies = POLICIES.map((policy) => ({ ...policy }));
    for (const policy of policies) await replacePolicy(proof, policy);
    const model = new CoreModel();
    await fc.asyncModelRun(
      () => ({ model, real: { proof, people: [someone(), someone()], policies } }),
      commands,
    );
    return model;
  }

  it.each(Object.entries(REGRESSIONS))('%s', async (_name, commands) => {
    const model = await live(commands);
    expect(model.challenges.length).toBeGreaterThan(0);
  });

  it(
    'whatever is done to them, in whatever order',
    async () => {
      const seed = Number(process.env['PROOF_SEED'] ?? randomInt(2 ** 31));
      console.log(`PROOF_SEED=${seed}`);
      const sequences = fc.commands(COMMANDS, { maxCommands: SOAK ? 60 : 25, size: 'max' });
      const states = new Set<string>();
      await fc.assert(
        fc.asyncProperty(sequences, async (commands) => {
          for (const { state } of (await live(commands)).challenges) states.add(state);
        }),
        { seed, numRuns: RUNS, endOnFailure: !SOAK && process.env['PROOF_SEED'] === undefined },
      );
      console.log(`States reached: ${[...states].join(', ')}`);
    },
    SOAK ? 3_600_000 : 90_000,
  );
});
