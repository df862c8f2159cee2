/** Jest runs what the build made of `test/`; `npm test` builds, starts the services and then calls it. */
export default {
  rootDir: 'dist',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.js'],
  testEnvironment: 'node',
  // The compiler has done all there is to transform.
  transform: {},
  testTimeout: 60_000,
  globalSetup: '<rootDir>/test/support/before-all-tests.js',
  globalTeardown: '<rootDir>/test/support/after-all-tests.js',
  // More than a small machine has cores: many tests wait.
  maxWorkers: 3,
  testSequencer: '<rootDir>/../scripts/longest-first.mjs',
  cacheDirectory: '<rootDir>/../node_modules/.cache/jest',
};
