import { prepareOrExit } from './prepare.mjs';

/** `npm run generate:clients`: makes the types of the TypeScript client and the Bruno collection from the OpenAPI document. */
prepareOrExit();
const { generateClients } = await import('../dist/scripts/clients/generate.js');
await generateClients();
