import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { ApiResponse } from './api-client.js';
import {
  type CoreModel,
  type Expected,
  type ModelChallenge,
  type ModelPolicy,
  viewOf,
} from './core-model.js';
import { emailCodePolicy } from './core-policies.js';
import { type CoreProof, wrongFor } from './core-proof.js';

/** The service of one run, and the people that only this run knows. */
export interface Real {
  readonly proof: CoreProof;
  readonly people: readonly string[];
  readonly policies: readonly ModelPolicy[];
}

type CoreCommand = fc.AsyncCommand<CoreModel, Real>;

/** Something done to one of the challenges there are, chosen by a number that wraps around. */
abstract class ToOne implements CoreCommand {
  constructor(protected readonly which: number) {}

  check({ challenges }: CoreModel): boolean {
    return challenges.length > 0;
  }

  async run(model: CoreModel, real: Real): Promise<void> {
    await this.does(model, this.chosen(model), real);
    await expectAgreement(model, real);
  }

  toString(): string {
    return `new ${this.constructor.name}(${this.which})`;
  }

  protected chosen({ challenges }: CoreModel): ModelChallenge {
    return challenges[this.which % challenges.length]!;
  }

  protected abstract does(model: CoreModel, challenge: ModelChallenge, real: Real): Promise<void>;
}

export class Create implements CoreCommand {
  constructor(
    private readonly policy: number,
    private readonly person: number,
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: CoreModel, real: Real): Promise<void> {
    const policy = real.policies[this.policy]!;
    const recipient = real.people[this.person]!;
    const { id, answer } = await real.proof.issue(policy.alias, { recipient });
    model.create(id, policy, recipient, answer);
    await expectAgreement(model, real);
  }

  toString(): string {
    return `new Create(${this.policy}, ${this.person})`;
  }
}

export class AnswerRight extends ToOne {
  protected async does(model: CoreModel, challenge: ModelChallenge, { proof }: Real): Promise<void> {
    const answer = challenge.codes.at(-1)!;
    expectOutcome(await proof.api().answer(challenge.id, answer), model.answer(challenge, answer));
  }
}

export class AnswerWrong extends ToOne {
  protected async does(model: CoreModel, challenge: ModelChallenge, { proof }: Real): Promise<void> {
    const answer = wrongFor(challenge.codes.at(-1)!);
    expectOutcome(await proof.api().answer(challenge.id, answer), model.answer(challenge, answer));
  }
}

/** The first code that a challenge had: superseded where it got another. */
export class AnswerEarlier extends ToOne {
  protected async does(model: CoreModel, challenge: ModelChallenge, { proof }: Real): Promise<void> {
    const answer = challenge.codes[0]!;
    expectOutcome(await proof.api().answer(challenge.id, answer), model.answer(challenge, answer));
  }
}

export class AnswerAnothers extends ToOne {
  protected async does(model: CoreModel, challenge: ModelChallenge, { proof }: Real): Promise<void> {
    const other = model.challenges[(this.which + 1) % model.challenges.length]!;
    const answer = other.codes.at(-1)!;
    expectOutcome(await proof.api().answer(challenge.id, answer), model.answer(challenge, answer));
  }
}

export class Resend extends ToOne {
  protected async does(model: CoreModel, challenge: ModelChallenge, { proof }: Real): Promise<void> {
    await proof.database.endCooldown(challenge.id);
    const expected = model.resend(challenge, true);
    expectOutcome(await proof.api().resend(challenge.id), expected);
    if (expected[0] !== 202) return;
    const code = await proof.code(challenge.id, challenge.resent + 1);
    if (challenge.policy.secret === 'NEW') challenge.codes.push(code);
    else expect(code).toBe(challenge.codes[0]);
  }
}

export class ResendEarly extends ToOne {
  protected async does(model: CoreModel, challenge: ModelChallenge, { proof }: Real): Promise<void> {
    await proof.database.rows(
      `UPDATE challenge SET resend_available_at = clock_timestamp() + interval '1 minute' WHERE id = $1`,
      challenge.id,
    );
    expectOutcome(await proof.api().resend(challenge.id), model.resend(challenge, false));
  }
}

export class Complete extends ToOne {
  protected async does(model: CoreModel, challenge: ModelChallenge, { proof }: Real): Promise<void> {
    expectOutcome(await proof.api().complete(challenge.id), model.complete(challenge));
  }
}

export class Cancel extends ToOne {
  protected async does(model: CoreModel, challenge: ModelChallenge, { proof }: Real): Promise<void> {
    expectOutcome(await proof.api().cancel(challenge.id), model.cancel(challenge));
  }
}

export class Expire extends ToOne {
  protected async does(model: CoreModel, challenge: ModelChallenge, { proof }: Real): Promise<void> {
    await proof.database.moveDeadline(challenge.id, 0);
    model.expire(challenge);
  }
}

/** A new version of a policy: challenges that were issued before keep theirs. */
export class ChangePolicy implements CoreCommand {
  constructor(
    private readonly policy: number,
    private readonly maxAttempts: number,
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: CoreModel, real: Real): Promise<void> {
    const policy = real.policies[this.policy]!;
    policy.maxAttempts = this.maxAttempts;
    await replacePolicy(real.proof, policy);
    await expectAgreement(model, real);
  }

  toString(): string {
    return `new ChangePolicy(${this.policy}, ${this.maxAttempts})`;
  }
}

/** The request body of a policy of the model. */
export function policyBody({ alias, secret, maxResends, maxActive, maxAttempts }: ModelPolicy): object {
  return emailCodePolicy(alias, {
    maxAttempts,
    resend: { max: maxResends, secret },
    active: { maxPerRecipient: maxActive },
  });
}

export async function replacePolicy(proof: CoreProof, policy: ModelPolicy): Promise<void> {
  const [stored] = await proof.database.rows<{ id: string; version: number }>(
    `SELECT id, version FROM policy WHERE alias = $1 AND tenant_id = 'acme'`,
    policy.alias,
  );
  const { id, version } = stored!;
  const put = await proof.api().request('PUT', `/v1/policies/${id}`, { ...policyBody(policy), version });
  expect(put.status).toBe(200);
}

/** Every command, of two policies and two people; most are about the first three challenges, so that much happens to each. */
export const COMMANDS: fc.Arbitrary<CoreCommand>[] = [
  fc.tuple(fc.nat(1), fc.nat(1)).map(([policy, person]) => new Create(policy, person)),
  fc.tuple(fc.nat(1), fc.integer({ min: 1, max: 4 })).map(([policy, max]) => new ChangePolicy(policy, max)),
  ...[
    AnswerRight,
    AnswerRight,
    AnswerWrong,
    AnswerWrong,
    AnswerEarlier,
    AnswerAnothers,
    Resend,
    Resend,
    ResendEarly,
    Complete,
    Cancel,
    Expire,
  ].map((command) => fc.nat(2).map((which): CoreCommand => new command(which))),
];

function expectOutcome(
  { status, body }: ApiResponse<{ readonly code?: string }>,
  [expected, code]: Expected,
): void {
  expect([status, body.code]).toEqual([expected, code]);
}

async function expectAgreement({ challenges }: CoreModel, { proof }: Real): Promise<void> {
  const shown = await Promise.all(challenges.map(({ id }) => proof.api().getChallenge(id)));
  expect(shown.map(({ body }) => body)).toMatchObject(challenges.map(viewOf));
}
