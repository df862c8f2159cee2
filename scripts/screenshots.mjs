import { prepareOrExit } from './prepare.mjs';

/** `npm run screenshots`; see scripts/screenshots/main.ts. */
prepareOrExit();
await import('../dist/scripts/screenshots/main.js');
