import { Command, CommanderError } from 'commander';
import { addAudit } from './commands/audit.js';
import { addDeliveries } from './commands/deliveries.js';
import { addDoctor } from './commands/doctor.js';
import { addKeysGenerate } from './commands/keys-generate.js';
import { addKeysRotate } from './commands/keys-rotate.js';
import { addPolicyApply } from './commands/policy-apply.js';
import { addPolicyLint } from './commands/policy-lint.js';
import { addRecipientErase } from './commands/recipient-erase.js';
import { addTenantErase } from './commands/tenant-erase.js';
import { addToken } from './commands/token.js';
import { UsageError } from './failures.js';
import { tellFailure } from './tell-failure.js';
import type { Terminal } from './terminal.js';

/** Runs one command. Resolves with the exit code: 0 done, 1 failed or something was found, 2 asked wrongly. */
export async function runAcs(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await programOf(terminal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has told it already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    terminal.note(`error: ${error instanceof UsageError ? error.message : tellFailure(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function programOf(terminal: Terminal): Command {
  const program = new Command('acs')
    .description(
      'Looks after an Action-Challenge Service: its audit trail, its deliveries, its policies, its keys, its health.',
    )
    .exitOverride()
    .showHelpAfterError('(--help tells what there is)')
    .configureOutput({
      writeOut: (text) => void terminal.out(text.trimEnd()),
      writeErr: (text) => {
        terminal.note(text.trimEnd());
      },
    });
  addAudit(program, terminal);
  addDeliveries(program, terminal);
  const policy = program.command('policy').description('Policies as files, in YAML or JSON.');
  addPolicyLint(policy, terminal);
  addPolicyApply(policy, terminal);
  const keys = program
    .command('keys')
    .description('The keys of SECRET_KEYS: new ones, and the end of old ones.');
  addKeysGenerate(keys, terminal);
  addKeysRotate(keys, terminal);
  addTenantErase(program.command('tenant').description('A tenant as a whole.'), terminal);
  addRecipientErase(program.command('recipient').description('One person, by address.'), terminal);
  addToken(program, terminal);
  addDoctor(program, terminal);
  return program.addHelpText(
    'after',
    '\nRun it as `npm run acs -- <command>`, or as `node dist/src/main.acs.js <command>` where it is deployed.' +
      '\nExit codes: 0 done, 1 failed or something was found, 2 asked wrongly.',
  );
}
