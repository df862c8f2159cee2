import { type Acs, type AcsOptions, emptyRedisDatabase, startAcs } from './acs.js';
import type { ApiClient, ApiResponse, ChallengeView } from './api-client.js';
import { CoreDatabase, COUNTED } from './core-database.js';
import { eventually } from './eventually.js';

/** The long form of the proofs. */
export const SOAK = Boolean(process.env['SOAK']);

/** The cases of a proof: each once, or so many times in its long form. */
export function inRounds<T>(rounds: number, cases: readonly T[]): T[] {
  return Array.from({ length: SOAK ? rounds : 1 }, () => cases).flat();
}

/** A challenge with what answers it, and what does not. */
export interface Issued {
  readonly id: string;
  readonly answer: string;
  readonly wrong: string;
  readonly view: ChallengeView;
}

let people = 0;

/** An address that no other challenge of this file has. */
export function someone(): string {
  people += 1;
  return `person-${people}@example.com`;
}

/** A running service, its database from behind, and the policies of a proof. */
export class CoreProof {
  readonly database: CoreDatabase;

  private constructor(readonly acs: Acs) {
    this.database = new CoreDatabase(acs.database.superuserUrl);
  }

  /** Deliveries go without Bull: what is proved here does not depend on it. */
  static async start(options: AcsOptions, ...policies: readonly object[]): Promise<CoreProof> {
    const proof = new CoreProof(
      await startAcs({
        withoutBull: true,
        ...options,
        apiEnv: { DATABASE_POOL_SIZE: '10', ...options.apiEnv },
      }),
    );
    for (const policy of policies) {
      const { status, body } = await proof.api().createPolicy(policy);
      if (status !== 201) throw new Error(`A policy was refused: ${JSON.stringify(body)}`);
    }
    return proof;
  }

  /** From now on deliveries go through Bull, by one worker in place of all that there were. */
  async throughBull(): Promise<void> {
    const before = this.acs.workers.splice(0);
    const redisUrl = await emptyRedisDatabase();
    if (redisUrl === undefined) throw new Error('This needs a Redis');
    await Promise.all([
      this.acs.addWorker({ REDIS_URL: redisUrl }),
      ...before.map(({ child }) => child.stop(27_000)),
    ]);
  }

  /** A caller of acme with every scope, on one of the API processes. */
  api(on = 0): ApiClient {
    return this.acs.api('acme', undefined, on);
  }

  /** One caller on each API process, its token fetched. */
  async callers(): Promise<ApiClient[]> {
    const callers = this.acs.apis.map((_process, index) => this.api(index));
    await Promise.all(callers.map((caller) => caller.getConfiguration()));
    return callers;
  }

  /** Answers on the first API process, which stands still for the work once the attempt is counted. */
  async answerInterrupted<T>(
    id: string,
    answer: string,
    work: () => Promise<T>,
  ): Promise<readonly [T, Promise<ApiResponse<object>>]> {
    const counted = await this.database.closeGate(COUNTED);
    const answered = this.api().answer(id, answer);
    await counted.waiting();
    const { pid } = this.acs.apis[0]!.child;
    process.kill(pid, 'SIGSTOP');
    try {
      await counted.open();
      return [await work(), answered];
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  /** Creates a challenge and waits for what answers it. */
  async issue(policyAlias: string, request: object = {}): Promise<Issued> {
    const delivered = policyAlias.includes('token') ? {} : { recipient: someone() };
    const created = await this.api().createChallenge({ policyAlias, ...delivered, ...request });
    if (created.status !== 201) throw new Error(`The challenge was refused: ${JSON.stringify(created.body)}`);
    const { id, token } = created.body;
    const answer = token ?? (await this.code(id));
    return { id, answer, wrong: wrongFor(answer), view: created.body };
  }

  /** The code in the n-th message of the challenge, once it has come. */
  async code(id: string, nth = 1): Promise<string> {
    await eventually(() => this.messages(id).length >= nth, { everyMs: 10 });
    return /<([^>]+)>/.exec(this.messages(id)[nth - 1]!)![1]!;
  }

  /** The texts of the messages of a challenge so far. */
  messages(id: string): string[] {
    return this.acs.mailbox.mails.map(({ text }) => text).filter((text) => text.includes(id));
  }
}

/** An answer of the same form that is not the right one. */
export function wrongFor(answer: string): string {
  return (answer.startsWith('7') ? '8' : '7') + answer.slice(1);
}

/** How often each outcome came: the problem's code, or the status of a success. */
export function tally(responses: readonly ApiResponse<{ readonly code?: string }>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of responses) {
    const outcome = body.code ?? String(status);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}
