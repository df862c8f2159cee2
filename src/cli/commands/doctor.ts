import type { Command } from 'commander';
import { CommandFailed } from '../failures.js';
import { checkDatabase } from '../doctor/database-checks.js';
import { checkEnvironment } from '../doctor/environment-checks.js';
import { checkIssuers } from '../doctor/issuer-checks.js';
import { checkProviders } from '../doctor/provider-checks.js';
import { checkRedis } from '../doctor/redis-check.js';
import { plainText, type Terminal } from '../terminal.js';

const EXPLANATION = `
Run it where a process will run, with that process's environment: each check looks at the keys that are set. It
sends no message and shows no secret. ok: as it should be; warn: may be meant so; fail: put it right first.`;

export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('Checks environment, database, Redis, providers and issuers, and says what to do.')
    .addHelpText('after', EXPLANATION)
    .action(() => doctor(terminal));
}

async function doctor(terminal: Terminal): Promise<void> {
  const { env } = terminal;
  const reached = await Promise.all([
    checkDatabase(env),
    checkRedis(env),
    checkProviders(env),
    checkIssuers(env),
  ]);
  const checks = [...checkEnvironment(env), ...reached.flat()];
  for (const { verdict, subject, said } of checks)
    await terminal.out(plainText(`${verdict.padEnd(4)}  ${subject}: ${said}`));
  const failed = checks.filter(({ verdict }) => verdict === 'fail').length;
  if (failed > 0) throw new CommandFailed(`${failed === 1 ? '1 check' : `${failed} checks`} failed.`);
}
