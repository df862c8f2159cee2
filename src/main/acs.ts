import { runAcs } from '../cli/acs.js';
import { processTerminal } from '../cli/terminal.js';

/** The command line of whoever operates the service. */
process.exitCode = await runAcs(process.argv.slice(2), processTerminal());
