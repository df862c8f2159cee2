import type { Command } from 'commander';
import { fetchAccessToken } from '../api/access-token.js';
import { UsageError } from '../failures.js';
import { OPAQUE_RESOURCE, QUICKSTART_CLIENTS, quickstartTokenUrl } from '../quickstart.js';
import type { Terminal } from '../terminal.js';

interface TokenOptions {
  readonly client: string;
  readonly scope?: readonly string[];
  readonly opaque?: true;
}

const EXAMPLES = `
AUTH_PORT is the port of the authorization server, 3001 unless it is set.

Examples:
  TOKEN=$(npm run -s acs -- token)
  npm run -s acs -- token --client globex --scope challenge:post challenge:get`;

export function addToken(program: Command, terminal: Terminal): void {
  program
    .command('token')
    .description("Prints an access token of the quickstart's authorization server, for development.")
    .option(
      '--client <name>',
      `one of ${Object.keys(QUICKSTART_CLIENTS).join(', ')}; the tenant has the same name`,
      'acme',
    )
    .option('--scope <scopes...>', 'the scopes it is to have; all when left out')
    .option('--opaque', 'an opaque token instead of a JWT')
    .addHelpText('after', EXAMPLES)
    .action((options: TokenOptions) => token(options, terminal));
}

async function token({ client, scope, opaque }: TokenOptions, terminal: Terminal): Promise<void> {
  const clientSecret = Object.hasOwn(QUICKSTART_CLIENTS, client) ? QUICKSTART_CLIENTS[client] : undefined;
  if (clientSecret === undefined)
    throw new UsageError(
      `The quickstart has no client "${client}"; it has ${Object.keys(QUICKSTART_CLIENTS).join(' and ')}.`,
    );
  const tokenUrl = quickstartTokenUrl(terminal.env);
  await terminal.out(
    await fetchAccessToken({
      tokenUrl,
      clientId: client,
      clientSecret,
      scope: scope?.join(' '),
      resource: opaque && OPAQUE_RESOURCE,
      advice: 'Start it with `npm start`; if it has another port, set AUTH_PORT.',
    }),
  );
}
