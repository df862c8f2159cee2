import { aborted, conditional } from './call-options.js';
import { type Connection, resultOf } from './connection.js';
import type {
  CallOptions,
  ConditionalCallOptions,
  NewPolicy,
  PageQuery,
  Policy,
  PolicyPage,
  PolicyReplacement,
  PolicySummary,
  PolicyVersion,
  PolicyVersionPage,
  Preview,
  PreviewRequest,
} from './types.js';

/** The Management API: the rules and templates of challenges. Every method throws `ProblemError` for a refusal. */
export class Policies {
  constructor(private readonly http: Connection) {}

  /** It has no idempotency key: when no answer came it is not sent again; look it up by its alias. */
  async create(policy: NewPolicy, options: CallOptions = {}): Promise<Policy> {
    return resultOf(this.http.POST('/v1/policies', { body: policy, ...aborted(options) }));
  }

  async get(id: string, options: CallOptions = {}): Promise<Policy> {
    const params = { path: { id } };
    return resultOf(this.http.GET('/v1/policies/{id}', { params, ...aborted(options) }));
  }

  /** One page; `nextCursor` of its answer leads to the next. */
  async list(query: PageQuery = {}, options: CallOptions = {}): Promise<PolicyPage> {
    return resultOf(this.http.GET('/v1/policies', { params: { query }, ...aborted(options) }));
  }

  /** Every policy, a page at a time. */
  async *all(options: CallOptions = {}): AsyncGenerator<PolicySummary, void, undefined> {
    let cursor: string | undefined;
    do {
      const page = await this.list(cursor === undefined ? {} : { cursor }, options);
      yield* page.items;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** Replaces the version that `policy.version` or `ifMatch` names: what `get` returned can be changed and given back. */
  async replace(
    id: string,
    policy: PolicyReplacement,
    options: ConditionalCallOptions = {},
  ): Promise<Policy> {
    const params = { path: { id }, header: conditional(options) };
    return resultOf(this.http.PUT('/v1/policies/{id}', { params, body: policy, ...aborted(options) }));
  }

  async delete(id: string, options: ConditionalCallOptions = {}): Promise<void> {
    const params = { path: { id }, header: conditional(options) };
    await resultOf<unknown>(this.http.DELETE('/v1/policies/{id}', { params, ...aborted(options) }));
  }

  async versions(id: string, query: PageQuery = {}, options: CallOptions = {}): Promise<PolicyVersionPage> {
    const params = { path: { id }, query };
    return resultOf(this.http.GET('/v1/policies/{id}/versions', { params, ...aborted(options) }));
  }

  async version(id: string, version: number, options: CallOptions = {}): Promise<PolicyVersion> {
    const params = { path: { id, version } };
    return resultOf(this.http.GET('/v1/policies/{id}/versions/{version}', { params, ...aborted(options) }));
  }

  /** The message as it would be; nothing is sent. */
  async preview(id: string, request: PreviewRequest = {}, options: CallOptions = {}): Promise<Preview> {
    const params = { path: { id } };
    return resultOf(
      this.http.POST('/v1/policies/{id}/preview', { params, body: request, ...aborted(options) }),
    );
  }
}
