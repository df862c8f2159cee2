import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import core, { type RulesetDefinition } from '@stoplight/spectral-core';
import parsers from '@stoplight/spectral-parsers';
import owasp from '@stoplight/spectral-owasp-ruleset';
import rulesets from '@stoplight/spectral-rulesets';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import type { OpenApiDocument } from './openapi-document.js';

/** Spectral's severities that count. */
const ERRORS: readonly number[] = [0];

/** What `redocly lint` finds with its recommended rules, warnings too. */
export async function redoclyFindings(document: OpenApiDocument): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'acs-openapi-'));
  const file = join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(document));
  try {
    const { problems } = JSON.parse(await redocly(folder, ['lint', file, '--format=json'])) as {
      problems: { ruleId: string; message: string; location: { pointer?: string }[] }[];
    };
    return problems.map(
      ({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer ?? ''}: ${message}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The command line, for it has no programming interface; telemetry and update checks are off. */
async function redocly(folder: string, args: readonly string[]): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('@redocly/cli/package.json');
  const env = {
    ...systemEnvironment(),
    CI: 'true',
    NODE_ENV: 'test',
    REDOCLY_TELEMETRY: 'off',
    REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  };
  return await new Promise((resolve, reject) => {
    const options = { cwd: folder, env, maxBuffer: 2 ** 26 };
    execFile(
      process.execPath,
      [join(dirname(manifest), 'bin', 'cli.js'), ...args],
      options,
      (error, stdout, stderr) => {
        // Findings are an exit code too; without a report it did not run.
        if (stdout.startsWith('{')) resolve(stdout);
        else reject(new Error(`redocly did not run: ${stderr}`, { cause: error }));
      },
    );
  });
}

/** The errors that Spectral finds with its own rules and those of OWASP. */
export async function spectralErrors(document: OpenApiDocument): Promise<string[]> {
  const spectral = new core.Spectral();
  spectral.setRuleset({
    extends: [rulesets.oas as RulesetDefinition, owasp as unknown as RulesetDefinition],
  });
  const findings = await spectral.run(new core.Document(JSON.stringify(document), parsers.Json));
  return findings
    .filter(({ severity }) => ERRORS.includes(severity))
    .map(({ code, path, message }) => `${code} at ${path.join('/')}: ${message}`);
}
