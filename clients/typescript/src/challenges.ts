import { aborted, keyed } from './call-options.js';
import { type Connection, resultOf } from './connection.js';
import type {
  Answer,
  CallOptions,
  Challenge,
  Completion,
  CreatedChallenge,
  IdempotentCallOptions,
  NewChallenge,
} from './types.js';

/** The Core API: the life of a challenge. Every method throws `ProblemError` for a refusal. */
export class Challenges {
  constructor(private readonly http: Connection) {}

  /** Issues a challenge; its message is sent at once. */
  async create(challenge: NewChallenge, options: IdempotentCallOptions = {}): Promise<CreatedChallenge> {
    const params = { header: keyed(options) };
    return resultOf(this.http.POST('/v1/challenges', { params, body: challenge, ...aborted(options) }));
  }

  /** How it stands at this instant. */
  async get(id: string, options: CallOptions = {}): Promise<Challenge> {
    const params = { path: { id } };
    return resultOf(this.http.GET('/v1/challenges/{id}', { params, ...aborted(options) }));
  }

  async cancel(id: string, options: CallOptions = {}): Promise<Challenge> {
    const params = { path: { id } };
    return resultOf(this.http.DELETE('/v1/challenges/{id}', { params, ...aborted(options) }));
  }

  /** Resolves when the answer is right; a wrong one is the problem `answer-incorrect`. */
  async answer(id: string, answer: Answer, options: IdempotentCallOptions = {}): Promise<Challenge> {
    const params = { path: { id }, header: keyed(options) };
    return resultOf(
      this.http.POST('/v1/challenges/{id}/answer', { params, body: answer, ...aborted(options) }),
    );
  }

  /** Delivers the code or link again, to the same recipient. */
  async resend(id: string, options: IdempotentCallOptions = {}): Promise<Challenge> {
    const params = { path: { id }, header: keyed(options) };
    return resultOf(this.http.POST('/v1/challenges/{id}/resend', { params, ...aborted(options) }));
  }

  /** Resolves once: what comes back is what was approved. Finalise that, and nothing else. */
  async complete(
    id: string,
    completion: Completion = {},
    options: IdempotentCallOptions = {},
  ): Promise<Challenge> {
    const params = { path: { id }, header: keyed(options) };
    return resultOf(
      this.http.POST('/v1/challenges/{id}/complete', { params, body: completion, ...aborted(options) }),
    );
  }
}
