import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectFile } from '../../scripts/clients/project-file.js';

/** What Bruno's parser makes of a request; the rest is of no interest here. */
interface ParsedRequest {
  readonly meta: { readonly name: string; readonly type?: string; readonly seq: string };
  readonly http: {
    readonly method: string;
    readonly url: string;
    readonly body: string;
    readonly auth: string;
  };
  readonly params?: readonly { readonly name: string; readonly value: string; readonly type: string }[];
  readonly body?: { readonly json?: string };
  readonly vars?: { readonly res?: readonly { readonly name: string; readonly value: string }[] };
}

interface BrunoLang {
  readonly bruToJsonV2: (text: string) => ParsedRequest;
  readonly bruToEnvJsonV2: (text: string) => {
    readonly variables: readonly { readonly name: string; readonly value: string }[];
  };
  readonly collectionBruToJson: (text: string) => {
    readonly auth: { readonly mode: string; readonly oauth2: Readonly<Record<string, unknown>> };
  };
}

const bruno = createRequire(import.meta.url)('@usebruno/lang') as BrunoLang;
const FOLDERS = ['Core', 'Management', 'Global Configuration'];

export interface CollectionRequest {
  readonly name: string;
  readonly method: string;
  /** As the OpenAPI document has it. */
  readonly path: string;
  readonly auth: string;
  readonly body: string | undefined;
  /** The values of its path parameters. */
  readonly parameters: readonly string[];
  /** What it keeps of its answer: variables, and the expressions of their values. */
  readonly keeps: Readonly<Record<string, string>>;
}

/** Every request of `clients/bruno`, in the order in which Bruno runs them. */
export function collectionRequests(): CollectionRequest[] {
  return FOLDERS.flatMap((folder) => {
    const path = projectFile('clients/bruno', folder);
    return readdirSync(path)
      .filter((name) => name !== 'folder.bru')
      .map((name) => bruno.bruToJsonV2(readFileSync(join(path, name), 'utf8')))
      .sort((one, other) => Number(one.meta.seq) - Number(other.meta.seq))
      .map(requestOf);
  });
}

/** How the collection gets its access tokens. */
export function collectionAuth(): {
  readonly mode: string;
  readonly oauth2: Readonly<Record<string, unknown>>;
} {
  return bruno.collectionBruToJson(readFileSync(projectFile('clients/bruno/collection.bru'), 'utf8')).auth;
}

/** The variables that an environment gives the requests. */
export function collectionVariables(environment: string): Readonly<Record<string, string>> {
  const file = projectFile('clients/bruno/environments', `${environment}.bru`);
  const { variables } = bruno.bruToEnvJsonV2(readFileSync(file, 'utf8'));
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}

function requestOf({ meta, http, params = [], body, vars }: ParsedRequest): CollectionRequest {
  return {
    name: meta.name,
    method: http.method.toUpperCase(),
    path: http.url.replace('{{baseUrl}}', '').replaceAll(/:(\w+)/g, '{$1}'),
    auth: http.auth,
    body: http.body === 'json' ? (body?.json ?? '') : undefined,
    parameters: params.filter(({ type }) => type === 'path').map(({ value }) => value),
    keeps: Object.fromEntries((vars?.res ?? []).map(({ name, value }) => [name, value])),
  };
}
