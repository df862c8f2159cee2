import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../failures.js';
import { fetchAccessToken } from './access-token.js';
import { ManagementApi } from './management-api.js';

/** How to reach the API, and as whom. */
export interface ApiOptions {
  readonly api?: string;
  readonly token?: string;
  readonly client?: string;
  readonly tokenUrl?: string;
  /** Separated by spaces. */
  readonly scope?: string;
}

export function addApiOptions(command: Command): Command {
  return command
    .option('--api <url>', 'the API, such as http://localhost:3000', parseBaseUrl)
    .option('--token <token>', 'an access token for it; ACS_TOKEN keeps it out of the list of processes')
    .option('--client <id:secret>', 'or client credentials to get one with, at --token-url')
    .option('--token-url <url>', 'the token endpoint of the authorization server', parseUrl)
    .option('--scope <scopes>', 'the scopes to ask for there, where the server gives none by itself');
}

/** The API as the options name it, with an access token; throws `UsageError` when they do not say who calls. */
export async function managementApi(
  options: ApiOptions & { readonly api: string },
  env: NodeJS.ProcessEnv,
): Promise<ManagementApi> {
  return new ManagementApi(options.api, await accessToken(options, env));
}

async function accessToken(
  { token, client, tokenUrl, scope }: ApiOptions,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  if (token !== undefined && client !== undefined) throw new UsageError('Give either --token or --client.');
  if (client === undefined) {
    const given = token ?? env['ACS_TOKEN'];
    if (given) return given;
    throw new UsageError('Say who calls: --token or ACS_TOKEN, or --client id:secret with --token-url.');
  }
  const separator = client.indexOf(':');
  if (separator < 1 || tokenUrl === undefined)
    throw new UsageError('--client takes id:secret, and needs --token-url.');
  return fetchAccessToken({
    tokenUrl,
    clientId: client.slice(0, separator),
    clientSecret: client.slice(separator + 1),
    scope,
  });
}

function parseUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('Give an absolute URL, such as http://localhost:3000.');
  return text;
}

/** Without what the paths of the API begin with. */
function parseBaseUrl(text: string): string {
  return parseUrl(text).replace(/\/+(v1\/?)?$/, '');
}
