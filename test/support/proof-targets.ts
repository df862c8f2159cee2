import type { ApiClient } from './api-client.js';
import { emailCodePolicy, tokenPolicy } from './core-policies.js';
import { type Operation } from './openapi-document.js';
import type { ProofTenants } from './proof-tenants.js';

/** A request that would succeed if whoever sends it may. */
export interface Target {
  readonly operation: Operation;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** The object that a request is about, and what of its body depends on it. */
interface Made {
  readonly id: string;
  readonly body?: object;
}

let made = 0;

/** Makes requests for operations as the OpenAPI document has them: its examples, on objects of their own. */
export class Targets {
  constructor(private readonly tenants: ProofTenants) {}

  async of(operation: Operation, tenant: string): Promise<Target> {
    const client = this.tenants.client(tenant);
    const example = exampleOf(operation);
    const object = operation.path.includes('{id}')
      ? await this.make(operation, client, example)
      : { id: 'none' };
    const path = operation.path.replace('{id}', object.id).replace('{version}', '1');
    if (path.includes('{')) throw new Error(`Nobody said what to put into ${path}`);
    // An alias is one policy's alone.
    const alias = 'alias' in example ? { alias: `target-${(made += 1)}` } : {};
    const body = operation.requestBody ? { ...example, ...alias, ...object.body } : undefined;
    return { operation, path, headers: body ? { 'content-type': 'application/json' } : {}, body };
  }

  private async make(operation: Operation, client: ApiClient, example: object): Promise<Made> {
    if (operation.path.startsWith('/v1/policies')) {
      const { status, body } = await client.createPolicy(emailCodePolicy(`target-${(made += 1)}`));
      return created(status, body as unknown as Made & { readonly code?: string });
    }
    if (!operation.path.startsWith('/v1/challenges'))
      throw new Error(`Nobody said how to make what ${operation.path} is about`);
    switch (operation.operationId) {
      case 'answerChallenge': {
        const { id, token } = await challenge(client, tokenPolicy(`target-${(made += 1)}`));
        return { id, body: { answer: token } };
      }
      case 'completeChallenge': {
        const { id, token } = await challenge(client, tokenPolicy(`target-${(made += 1)}`), example);
        await client.answer(id, token!);
        return { id };
      }
      default: {
        const recipient = `target-${(made += 1)}@example.com`;
        const { id } = await challenge(client, emailCodePolicy(`target-${made}`), { recipient });
        await this.tenants.rows.endCooldown(id);
        return { id };
      }
    }
  }
}

async function challenge(
  client: ApiClient,
  policy: object,
  request: object = {},
): Promise<{ readonly id: string; readonly token?: string }> {
  await client.createPolicy(policy);
  const policyAlias = (policy as { readonly alias: string }).alias;
  const { status, body } = await client.createChallenge({ policyAlias, ...request });
  return created(status, body);
}

function created<T extends { readonly code?: string }>(status: number, body: T): T {
  if (status !== 201) throw new Error(`A target could not be made: ${status} ${body.code ?? ''}`);
  return body;
}

/** The first example of the request's body. */
function exampleOf({ requestBody }: Operation): Readonly<Record<string, unknown>> {
  const { examples = {}, example = {} } = requestBody?.content['application/json'] ?? {};
  const [first] = Object.values(examples);
  return (first?.value ?? example) as Readonly<Record<string, unknown>>;
}
