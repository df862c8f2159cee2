/** Mutation tests of what decides by itself: `npm run test:mutation`, with `-- --mutate <file>` for one of them. */
export default {
  packageManager: 'npm',
  // All mutants are compiled once, each switched on by the run that tries it.
  buildCommand: 'npx tsc -p . --incremental false',
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: {
    configFile: 'jest.config.js',
    // The tests lie in dist/, where Jest does not see which source they belong to.
    enableFindRelatedTests: false,
    config: {
      testMatch: ['**/test/unit/@(challenge|policy|delivery|auth)*.test.js'],
      testEnvironment: '@stryker-mutator/jest-runner/jest-env/node',
    },
  },
  // A mutant meets the tests that reach it.
  coverageAnalysis: 'perTest',
  mutate: [
    'src/challenge/domain/*.ts',
    'src/challenge/crypto/answer-keeper.ts',
    'src/policy/domain/*.ts',
    'src/delivery/domain/*.ts',
    'src/auth/scopes.guard.ts',
  ],
  concurrency: 2,
  timeoutMS: 30_000,
  // What the linters, Git and Jest overlook.
  tempDirName: 'coverage/mutation',
  ignorePatterns: ['/dist', '/.acs', '/coverage', '/docs'],
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { allowColor: false, reportTests: false },
  thresholds: { high: 95, low: 85, break: 85 },
  allowConsoleColors: false,
  disableTypeChecks: 'src/**/*.ts',
};
