import { randomInt, randomUUID } from 'node:crypto';
import type { ApiClient, ApiResponse, ChallengeView } from './api-client.js';
import type { CoreDatabase } from './core-database.js';
import { wrongFor } from './core-proof.js';
import type { Mailbox } from './mailbox.js';

/** What the lives of challenges take place in. */
export interface LifeWorld {
  readonly mailbox: Mailbox;
  readonly database: CoreDatabase;
  /** Asked for each step: the process that it is taken on. */
  readonly next: () => ApiClient;
}

/** A challenge that was created and not answered yet. */
export interface OpenChallenge {
  readonly id: string;
  /** Resolves once its message has come. */
  answer(): Promise<string>;
  /** What answers and completions have to repeat. */
  readonly rest: object;
}

/** One challenge of each type, and what makes it. */
const CREATES: Readonly<Record<string, (world: LifeWorld) => Promise<OpenChallenge>>> = {
  EMAIL_OTP: async (world) => {
    const recipient = anAddress();
    const { id } = await create(world, { policyAlias: 'password-reset', recipient });
    return { id, rest: {}, answer: () => world.mailbox.waitForCode(recipient) };
  },
  SMS_OTP: async (world) => {
    const digits = `31612${randomInt(100_000, 1_000_000)}`;
    const rest = { action: { name: 'pay', details: { amount: '12.50' } } };
    const { id } = await create(world, {
      policyAlias: 'payment-approval',
      recipient: `+${digits}`,
      ...rest,
    });
    return { id, rest, answer: () => world.mailbox.waitForCode(`${digits}@sms.localhost`) };
  },
  EMAIL_LINK: async (world) => {
    const recipient = anAddress();
    const { id } = await create(world, { policyAlias: 'email-verification', recipient });
    const answer = async (): Promise<string> => {
      const { text } = await world.mailbox.waitForMail(recipient);
      return /token=([\w-]+)/.exec(text)![1]!;
    };
    return { id, rest: {}, answer };
  },
  TOKEN: async (world) => {
    const { id, token } = await create(world, { policyAlias: 'app-to-web', subject: randomUUID() });
    return { id, rest: {}, answer: () => Promise.resolve(token!) };
  },
};

export const TYPES = Object.keys(CREATES);

/** The aliases of the seeded policies that the lives are of. */
export const LIFE_POLICIES = ['password-reset', 'payment-approval', 'email-verification', 'app-to-web'];

/** Creates a challenge of the type. */
export async function begin(world: LifeWorld, type: string): Promise<OpenChallenge> {
  return await CREATES[type]!(world);
}

/** Answers wrong, answers right and completes, one step after the other, and looks at the challenge in between. */
export async function finish({ next }: LifeWorld, challenge: OpenChallenge): Promise<void> {
  const { id, rest } = challenge;
  const answer = await challenge.answer();
  expectState(await next().getChallenge(id), 200, 'ISSUED');
  expectState(await next().answer(id, wrongFor(answer), rest), 422, 'ISSUED');
  expectState(await next().answer(id, answer, rest), 200, 'VERIFIED');
  expectState(await next().complete(id, rest), 200, 'COMPLETED');
  expectState(await next().getChallenge(id), 200, 'COMPLETED');
}

/** Creates and cancels; a code that came all the same answers nothing. */
export async function lifeThatIsCancelled(world: LifeWorld): Promise<void> {
  const challenge = await begin(world, 'EMAIL_OTP');
  const answer = await challenge.answer();
  expectState(await world.next().cancel(challenge.id), 200, 'CANCELLED');
  expectState(await world.next().answer(challenge.id, answer), 409, 'CANCELLED');
}

/** Has the message sent again, and answers with what the second one says. */
export async function lifeWithAResend(world: LifeWorld): Promise<void> {
  const recipient = anAddress();
  const { id } = await create(world, { policyAlias: 'password-reset', recipient });
  await world.mailbox.waitForMail(recipient);
  await world.database.endCooldown(id);
  expectState(await world.next().resend(id), 202, 'ISSUED');
  const code = await world.mailbox.waitForCode(recipient, 2);
  expectState(await world.next().answer(id, code), 200, 'VERIFIED');
}

/** Answers wrong until no attempt is left; the right answer then comes too late. */
export async function lifeWithoutAnEnd(world: LifeWorld): Promise<void> {
  const challenge = await begin(world, 'TOKEN');
  const answer = await challenge.answer();
  for (let left = 4; left >= 0; left -= 1) {
    const state = left > 0 ? 'ISSUED' : 'FAILED';
    expectState(await world.next().answer(challenge.id, wrongFor(answer)), 422, state);
  }
  expectState(await world.next().answer(challenge.id, answer), 409, 'FAILED');
}

async function create(
  world: LifeWorld,
  request: Readonly<Record<string, unknown>>,
): Promise<Pick<ChallengeView, 'id' | 'token'>> {
  const created = await world.next().createChallenge(request);
  expectState(created, 201, 'ISSUED');
  return created.body;
}

function anAddress(): string {
  return `${randomUUID()}@example.com`;
}

function expectState(
  { status, body }: ApiResponse<{ readonly state?: unknown }>,
  wantedStatus: number,
  wantedState: string,
): void {
  if (status === wantedStatus && body.state === wantedState) return;
  throw new Error(`Not ${wantedStatus} and ${wantedState}: ${status} ${JSON.stringify(body)}`);
}
