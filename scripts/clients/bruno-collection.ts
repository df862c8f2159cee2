import type { OpenAPIObject } from '@nestjs/swagger';
import { block, file, text } from './bru.js';

export const COLLECTION_FOLDER = 'clients/bruno';

/** The folders of the collection, by the tag of their operations. */
const FOLDERS: Readonly<Record<string, string>> = {
  Challenges: 'Core',
  Policies: 'Management',
  Configuration: 'Global Configuration',
};

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly example?: string | number;
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, { readonly examples?: Readonly<Record<string, BodyExample>> } | undefined>
    >;
  };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface BodyExample {
  readonly summary: string;
  readonly value: unknown;
}

interface Place {
  readonly method: string;
  readonly path: string;
}

/** The collection's files by their path in its folder: one request an operation, in the document's order, but for what ends a thing. */
export function brunoCollection(document: OpenAPIObject): ReadonlyMap<string, string> {
  const files = new Map([
    [
      'bruno.json',
      `${JSON.stringify({ version: '1', name: document.info.title, type: 'collection' }, null, 2)}\n`,
    ],
    ['collection.bru', collection()],
    ['environments/Quickstart.bru', quickstart(document)],
  ]);
  for (const [seq, [tag, folder]] of Object.entries(FOLDERS).entries()) {
    const { description = '' } = document.tags?.find(({ name }) => name === tag) ?? {};
    files.set(`${folder}/folder.bru`, folderOf(folder, seq + 1, description));
    for (const [index, [place, operation]] of operationsOf(document, tag).entries()) {
      files.set(`${folder}/${operation.summary}.bru`, requestOf(place, operation, index + 1));
    }
  }
  return files;
}

/** Last comes what the others need to be there: a folder can be run from its first request to its last. */
function operationsOf({ paths }: OpenAPIObject, tag: string): [Place, Operation][] {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Readonly<Record<string, Operation>>)
      .filter(([, { tags }]) => tags.includes(tag))
      .map(([method, operation]): [Place, Operation] => [{ method, path }, operation]),
  );
  const isLast = ([{ method }]: [Place, Operation]): boolean => method === 'delete';
  return [...all.filter((each) => !isLast(each)), ...all.filter(isLast)];
}

function collection(): string {
  return file(
    block('auth', { mode: 'oauth2' }),
    block('auth:oauth2', {
      grant_type: 'client_credentials',
      access_token_url: '{{tokenUrl}}',
      refresh_token_url: '',
      client_id: '{{clientId}}',
      client_secret: '{{clientSecret}}',
      scope: '{{scope}}',
      credentials_placement: 'basic_auth_header',
      credentials_id: 'credentials',
      token_placement: 'header',
      token_header_prefix: 'Bearer',
      auto_fetch_token: 'true',
      auto_refresh_token: 'true',
    }),
  );
}

/** The variables of the requests, for `npm start` as it is. */
function quickstart({ components }: OpenAPIObject): string {
  const { oauth2 } = components?.securitySchemes ?? {};
  const tokenUrl = oauth2 && 'flows' in oauth2 ? oauth2.flows.clientCredentials?.tokenUrl : undefined;
  return file(
    block('vars', {
      baseUrl: 'http://localhost:3000',
      tokenUrl: tokenUrl ?? '',
      clientId: 'acme',
      clientSecret: 'acme-secret',
      scope: '',
    }),
  );
}

function folderOf(name: string, seq: number, description: string): string {
  return file(
    block('meta', { name, seq: String(seq) }),
    block('auth', { mode: 'inherit' }),
    text('docs', description),
  );
}

function requestOf({ method, path }: Place, operation: Operation, seq: number): string {
  const parameters = operation.parameters ?? [];
  const [first, ...others] = Object.values(
    operation.requestBody?.content['application/json']?.examples ?? {},
  );
  return file(
    block('meta', { name: operation.summary, type: 'http', seq: String(seq) }),
    block(method, {
      url: `{{baseUrl}}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      body: first ? 'json' : 'none',
      auth: 'inherit',
    }),
    block('params:query', optional(parameters.filter((parameter) => parameter.in === 'query'))),
    block('params:path', pathParameters(path, parameters)),
    block('headers', optional(parameters.filter((parameter) => parameter.in === 'header'))),
    first ? text('body:json', JSON.stringify(first.value, null, 2)) : '',
    block('vars:post-response', kept({ method, path }, operation)),
    text('docs', documentation(operation, others)),
  );
}

/** What may be left out is there to be switched on. */
function optional(parameters: readonly Parameter[]): Record<string, string> {
  return Object.fromEntries(parameters.map(({ name, example }) => [`~${name}`, sample(name, example)]));
}

function sample(name: string, example: string | number | undefined): string {
  if (name === 'Idempotency-Key') return '{{$randomUUID}}';
  if (name === 'If-Match') return '"1"';
  return example === undefined ? '' : String(example);
}

/** The id of a challenge or a policy is the one that was remembered. */
function pathParameters(path: string, parameters: readonly Parameter[]): Record<string, string> {
  return Object.fromEntries(
    parameters
      .filter((parameter) => parameter.in === 'path')
      .map(({ name, example }) => [name, name === 'id' ? `{{${idVariable(path)}}}` : sample(name, example)]),
  );
}

/** Remembers the id of what a request created, or of the last on a list: the newest. */
function kept({ method, path }: Place, { responses }: Operation): Record<string, string> {
  if (method === 'post' && '201' in responses) return { [idVariable(path)]: 'res.body.id' };
  if (path === '/v1/policies') return { [idVariable(path)]: 'res.body.items.at(-1).id' };
  return {};
}

/** `/v1/policies/{id}/preview` is about `policyId`. */
function idVariable(path: string): string {
  const [, , collectionName = ''] = path.split('/');
  return `${collectionName.replace(/ies$/, 'y').replace(/s$/, '')}Id`;
}

function documentation({ description, parameters = [] }: Operation, others: readonly BodyExample[]): string {
  const told = parameters.filter((parameter) => parameter.description !== undefined);
  return [
    description,
    ...(told.length > 0
      ? [told.map((each) => `- \`${each.name}\`: ${each.description ?? ''}`).join('\n')]
      : []),
    ...others.map(
      ({ summary, value }) => `${summary}:\n\n\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``,
    ),
  ].join('\n\n');
}
