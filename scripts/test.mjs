import { prepare, PrepareError } from './prepare.mjs';

/** `npm test [-- unit|contract|integration|e2e …] [--soak] [options of Jest]`; the last line is `N passed, N failed`. */
try {
  prepare(console.error);
  const { runTests } = await import('../dist/scripts/test/run-tests.js');
  process.exitCode = await runTests(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof PrepareError ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
