import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosWorld } from './chaos-world.js';

/** One person's way through a challenge, as the consuming service knows it. */
export interface Journey {
  readonly key: string;
  readonly recipient: string;
  /** Set once a create was acknowledged. */
  id?: string;
  state?: string;
}

interface Response {
  readonly status: number;
  readonly body: { readonly id?: string; readonly state?: string; readonly code?: string };
}

/** What a well-behaved caller repeats, with the same key: no answer, or one that asks for it. */
const AGAIN = new Set(['unavailable', 'overloaded', 'idempotency-in-progress']);
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

  constructor(
    private readonly world: ChaosWorld,
    private readonly token: string,
  ) {}

  /** Goes on with one challenge after another until told to stop. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) await this.travel(stop);
  }

  private async travel(stop: AbortSignal): Promise<void> {
    const key = randomUUID();
    const journey: Journey = { key, recipient: `${key}@example.com` };
    this.journeys.push(journey);
    const created = await this.insist(stop, '/v1/challenges', `create-${key}`, {
      policyAlias: 'password-reset',
      recipient: journey.recipient,
      subject: key,
    });
    if (created?.status !== 201) return;
    journey.id = created.body.id!;
    this.acknowledged += 1;
    // One in two never answers, so that what was sent and not recorded is sent again.
    if (this.journeys.length % 2 === 0) return;
    const code = await this.code(journey.recipient);
    if (code === undefined) return;
    const answered = await this.insist(stop, `/v1/challenges/${journey.id}/answer`, `answer-${key}`, {
      answer: code,
    });
    journey.state = answered?.body.state ?? 'ISSUED';
    if (answered?.status !== 200) return;
    const completed = await this.insist(stop, `/v1/challenges/${journey.id}/complete`, `complete-${key}`, {});
    journey.state = completed?.body.state ?? 'VERIFIED';
  }

  /** Repeats until there is an answer; once it is over, nobody waits for a key that its process left held. */
  private async insist(
    stop: AbortSignal,
    path: string,
    key: string,
    body: object,
  ): Promise<Response | undefined> {
    const end = Date.now() + GIVE_UP_MS;
    while (Date.now() < end) {
      const response = await this.call(path, key, body).catch(() => undefined);
      const outcome = response ? (response.body.code ?? String(response.status)) : 'no answer';
      this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
      if (response && !AGAIN.has(response.body.code ?? '')) {
        if (response.status >= 300)
          this.surprises.push(`${path.split('/').pop()}: ${JSON.stringify(response)}`);
        return response;
      }
      if (stop.aborted && response?.body.code === 'idempotency-in-progress') return undefined;
      await delay(50);
    }
    this.surprises.push(`${path.split('/').pop()}: no answer`);
    return undefined;
  }

  private async call(path: string, key: string, body: object): Promise<Response> {
    const { apis } = this.world.acs;
    const api = apis[(this.calls += 1) % apis.length];
    if (!api) throw new Error('No API process is up');
    const response = await fetch(`${api.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: JSON.stringify(body),
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
