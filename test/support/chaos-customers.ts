import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChaosWorld, LEFT, ONE_TRY } from './chaos-world.js';
import { SOAK } from './core-proof.js';

/** One person's way through a challenge, as the consuming service knows it. */
export interface Journey {
  readonly key: string;
  readonly recipient: string;
  /** Set once a create was acknowledged. */
  id?: string;
  /** As the last acknowledged call left it. */
  state?: string;
}

/** How a challenge goes on once it is made. Of those that are left, some are made to expire. */
const WAYS = [
  'complete',
  'leave',
  'complete',
  'cancel',
  'complete',
  'leave',
  'complete',
  'fail',
  'complete',
  'leave',
] as const;
type Way = (typeof WAYS)[number] | 'create';
/** How many messages a creator is ahead of the provider at most. */
const AHEAD = SOAK ? 40 : 25;

interface Response {
  readonly status: number;
  readonly body: { readonly id?: string; readonly state?: string; readonly code?: string };
}

/** What a well-behaved caller repeats, with the same key: no answer, or one that asks for it. */
const AGAIN = new Set(['unavailable', 'overloaded', 'idempotency-in-progress']);
/** A wrong answer, and one that comes again after a crash in which the first was counted. */
const FAILING = ['answer-incorrect', 'challenge-state-conflict'];
const GIVE_UP_MS = 60_000;

/** Consuming services that create, answer and complete, and repeat what was not acknowledged. */
export class ChaosCustomers {
  readonly journeys: Journey[] = [];
  /** Answers that no caller should ever get. */
  readonly surprises: string[] = [];
  /** How often each outcome came: the problem's code, the status of a success, or no answer at all. */
  readonly outcomes: Record<string, number> = {};
  /** How many creates were answered with a challenge. */
  acknowledged = 0;
  private calls = 0;

  private begun = 0;

  constructor(private readonly world: ChaosWorld) {}

  /** Goes on with one challenge after another until told to stop. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) await this.travel(stop, WAYS[(this.begun += 1) % WAYS.length]!);
  }

  /** Only creates, one challenge after the other, as fast as what was created before arrives. */
  async runCreating(stop: AbortSignal): Promise<void> {
    let ahead: string[] = [];
    while (!stop.aborted) {
      if (ahead.length < AHEAD) {
        ahead.push((await this.create(stop, 'create')).recipient);
      } else {
        await delay(20);
        ahead = ahead.filter((recipient) => !this.world.provider.taken.has(recipient));
      }
    }
  }

  private async travel(stop: AbortSignal, way: Way): Promise<void> {
    const journey = await this.create(stop, way);
    if (journey.id === undefined) return;
    if (way === 'cancel') {
      const cancelled = await this.insist(stop, 'DELETE', `/v1/challenges/${journey.id}`, journey.key);
      if (cancelled) journey.state = cancelled.body.state ?? 'ISSUED';
    }
    if (way === 'fail') await this.answer(stop, journey, 'not the code', FAILING);
    if (way !== 'complete') return;
    const code = await this.code(journey.recipient);
    if (code === undefined || !(await this.answer(stop, journey, code))) return;
    const path = `/v1/challenges/${journey.id}/complete`;
    const completed = await this.insist(stop, 'POST', path, `complete-${journey.key}`, {});
    journey.state = completed?.body.state ?? 'VERIFIED';
  }

  private async create(stop: AbortSignal, way: Way): Promise<Journey> {
    const key = `${way === 'leave' ? LEFT : `${way}-`}${randomUUID()}`;
    const journey: Journey = { key, recipient: `${key}@example.com` };
    this.journeys.push(journey);
    const created = await this.insist(stop, 'POST', '/v1/challenges', `create-${key}`, {
      policyAlias: way === 'fail' ? ONE_TRY : 'password-reset',
      recipient: journey.recipient,
      subject: key,
    });
    if (created?.status !== 201) return journey;
    journey.id = created.body.id!;
    this.acknowledged += 1;
    return journey;
  }

  /** True when the answer was right. */
  private async answer(
    stop: AbortSignal,
    journey: Journey,
    answer: string,
    expected: readonly string[] = [],
  ): Promise<boolean> {
    const path = `/v1/challenges/${journey.id}/answer`;
    const answered = await this.insist(stop, 'POST', path, `answer-${journey.key}`, { answer }, expected);
    journey.state = answered?.body.state ?? 'ISSUED';
    return answered?.status === 200;
  }

  /** Repeats until there is an answer; once it is over, nobody waits for a key that its process left held. */
  private async insist(
    stop: AbortSignal,
    method: 'POST' | 'DELETE',
    path: string,
    key: string,
    body?: object,
    expected: readonly string[] = [],
  ): Promise<Response | undefined> {
    const end = Date.now() + GIVE_UP_MS;
    while (Date.now() < end) {
      const response = await this.call(method, path, key, body).catch(() => undefined);
      const outcome = response ? (response.body.code ?? String(response.status)) : 'no answer';
      this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
      if (response && !AGAIN.has(response.body.code ?? '')) {
        if (response.status >= 300 && !expected.includes(outcome))
          this.surprises.push(`${path.split('/').pop()}: ${JSON.stringify(response)}`);
        return response;
      }
      if (stop.aborted && response?.body.code === 'idempotency-in-progress') return undefined;
      await delay(50);
    }
    this.surprises.push(`${path.split('/').pop()}: no answer`);
    return undefined;
  }

  private async call(method: string, path: string, key: string, body?: object): Promise<Response> {
    const { apis } = this.world.acs;
    const api = apis[(this.calls += 1) % apis.length];
    if (!api) throw new Error('No API process is up');
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.world.token()}`,
        ...(body ? { 'content-type': 'application/json', 'idempotency-key': key } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(20_000),
    });
    if (response.status === 503 && !response.headers.has('retry-after'))
      this.surprises.push(`${path.split('/').pop()}: 503 without Retry-After`);
    return { status: response.status, body: (await response.json()) as Response['body'] };
  }

  private async code(recipient: string): Promise<string | undefined> {
    const end = Date.now() + GIVE_UP_MS;
    while (Date.now() < end) {
      const code = this.world.provider.taken.get(recipient)?.[0]?.code;
      if (code !== undefined) return code;
      await delay(20);
    }
    return undefined;
  }
}
