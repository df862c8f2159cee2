import { join } from 'node:path';
import { prepareOrExit, root } from './prepare.mjs';

/** `npm run bench [-- create get …] [--quick]`; see bench/README.md. */
prepareOrExit();
const { bench } = await import('../dist/bench/main.js');
process.exit(await bench(process.argv.slice(2), join(root, 'bench', 'results')));
