import { setTimeout as delay } from 'node:timers/promises';
import type { Configuration } from '../../config/domain/configuration.js';
import type { PolicyContent } from '../../policy/domain/policy.js';
import { CommandFailed } from '../failures.js';
import { networkFault } from '../network-fault.js';
import { type Answer, isWorthRepeating, pauseSeconds, refusal } from './answer.js';

const TIMEOUT_MS = 20_000;
const TRIES = 5;

export interface ListedPolicy {
  readonly id: string;
  readonly alias: string;
  readonly type: string;
  readonly version: number;
}

/** A policy as the API has it, under its entity tag. */
export interface StoredPolicy {
  readonly version: number;
  readonly entityTag: string;
  readonly content: PolicyContent;
}

/**
 * The Management API over HTTP. Reads are repeated while the API is unreachable or asks to wait; writes are sent
 * once, since only a new read tells what became of one that was not answered. Throws `CommandFailed`.
 */
export class ManagementApi {
  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  async configuration(): Promise<Configuration> {
    return (await this.read('/v1/configuration')).body as unknown as Configuration;
  }

  async policies(): Promise<readonly ListedPolicy[]> {
    const listed: ListedPolicy[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: '200', ...(cursor === null ? {} : { cursor }) });
      const { body } = await this.read(`/v1/policies?${query.toString()}`);
      const page = body as unknown as { items: readonly ListedPolicy[]; nextCursor: string | null };
      listed.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return listed;
  }

  /** Undefined when it was deleted meanwhile. */
  async policy(id: string): Promise<StoredPolicy | undefined> {
    const answer = await this.read(`/v1/policies/${id}`, ['policy-not-found']);
    if (answer.status === 404) return undefined;
    const { alias, description, type, purpose, conditions, template, version } =
      answer.body as unknown as PolicyContent & { readonly version: number };
    return {
      version,
      entityTag: answer.headers.get('etag') ?? `"${version}"`,
      content: { alias, description, type, purpose, conditions, template },
    };
  }

  /** Resolves with the answer, whatever it is; undefined when there was none. */
  async createPolicy(policy: unknown): Promise<Answer | undefined> {
    return this.write('POST', '/v1/policies', policy, {});
  }

  /** As `createPolicy`, for a policy of which this version is replaced. */
  async replacePolicy(id: string, policy: unknown, entityTag: string): Promise<Answer | undefined> {
    return this.write('PUT', `/v1/policies/${id}`, policy, { 'if-match': entityTag });
  }

  private async read(path: string, expected: readonly string[] = []): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.send('GET', path, {}).catch((error: unknown) => {
        if (attempt >= TRIES) throw new CommandFailed(`The API at ${this.url} ${networkFault(error)}.`);
        return undefined;
      });
      if (answer && (answer.status < 300 || expected.includes(String(answer.body['code'])))) return answer;
      if (answer && (!isWorthRepeating(answer) || attempt >= TRIES)) throw refusal(`GET ${path}`, answer);
      await delay(pauseSeconds(attempt, answer) * 1_000);
    }
  }

  private async write(
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer | undefined> {
    const json = { 'content-type': 'application/json', ...headers };
    return this.send(method, path, json, JSON.stringify(body)).catch(() => undefined);
  }

  private async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, accept: 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const parsed: unknown = await response.json().catch(() => undefined);
    return {
      status: response.status,
      headers: response.headers,
      body: typeof parsed === 'object' && parsed !== null ? { ...parsed } : {},
    };
  }
}
