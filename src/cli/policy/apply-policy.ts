import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, isWorthRepeating, pauseSeconds, refusal } from '../api/answer.js';
import type { ListedPolicy, ManagementApi, StoredPolicy } from '../api/management-api.js';
import { CommandFailed } from '../failures.js';
import { differences } from './differences.js';
import type { SoundPolicy } from './lint-policies.js';

/** What was done, or in a dry run would be, for one policy. */
export interface Outcome {
  readonly done: 'created' | 'updated' | 'unchanged';
  /** After it; absent for what a dry run would create. */
  readonly version?: number;
  /** JSON pointers. */
  readonly changed: readonly string[];
}

const TRIES = 6;
/** Somebody else was first: what is there now decides anew. */
const OVERTAKEN = ['policy-alias-taken', 'policy-version-conflict', 'policy-not-found'];

/**
 * Brings the policy with this alias to what the file says. Each round reads what is there and writes only what
 * differs, on that version alone: so a write whose answer was lost is not made twice. Throws `CommandFailed`.
 */
export async function applyPolicy(
  api: ManagementApi,
  policy: SoundPolicy,
  listed: readonly ListedPolicy[],
): Promise<Outcome> {
  let unanswered: Outcome | undefined;
  let id = idOf(policy, listed);
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const stored = id === undefined ? undefined : await api.policy(id);
    const planned = plan(policy, stored);
    if (planned.done === 'unchanged')
      return unanswered && stored ? { ...unanswered, version: stored.version } : planned;
    const answer = await write(api, policy, id, stored);
    if (answer && answer.status < 300) return { ...planned, version: Number(answer.body['version']) };
    if (answer && !isWorthRepeating(answer) && !OVERTAKEN.includes(String(answer.body['code'])))
      throw refusal(`The policy ${policy.content.alias}`, answer);
    if (!answer || isWorthRepeating(answer)) unanswered = planned;
    await delay(pauseSeconds(attempt, answer) * 1_000);
    id = idOf(policy, await api.policies());
  }
  throw new CommandFailed(
    `The policy ${policy.content.alias} could not be saved in ${TRIES} tries: the API did not answer, or others changed it each time. Run the command again; what is done already stays as it is.`,
  );
}

/** What would be done now. */
export async function planPolicy(
  api: ManagementApi,
  policy: SoundPolicy,
  listed: readonly ListedPolicy[],
): Promise<Outcome> {
  const id = idOf(policy, listed);
  return plan(policy, id === undefined ? undefined : await api.policy(id));
}

function plan({ content }: SoundPolicy, stored: StoredPolicy | undefined): Outcome {
  if (!stored) return { done: 'created', changed: [] };
  const changed = differences(stored.content, content);
  return { done: changed.length === 0 ? 'unchanged' : 'updated', version: stored.version, changed };
}

function write(
  api: ManagementApi,
  { value }: SoundPolicy,
  id: string | undefined,
  stored: StoredPolicy | undefined,
): Promise<Answer | undefined> {
  return id === undefined || !stored
    ? api.createPolicy(value)
    : api.replacePolicy(id, value, stored.entityTag);
}

function idOf({ content }: SoundPolicy, listed: readonly ListedPolicy[]): string | undefined {
  return listed.find(({ alias }) => alias === content.alias)?.id;
}
