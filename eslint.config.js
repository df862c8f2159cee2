import tseslint from 'typescript-eslint';

/** Type-aware lint of everything that is compiled; the scripts that run before the build are checked as plain JavaScript. */
export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', 'coverage/', '.acs/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Secrets and identifiers come from node:crypto.' },
      ],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Nest and class-validator type their options as classes, and take literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Requests and responses are classes without behaviour: spreading one loses nothing.
      '@typescript-eslint/no-misused-spread': 'off',
      // Nest finds what to inject by the runtime import; a type-only import would erase it.
      '@typescript-eslint/consistent-type-imports': 'off',
    },
  },
  {
    files: ['test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['clients/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['../*'], message: 'A client is a package of its own.' }] },
      ],
    },
  },
  { files: ['examples/**/*.ts'], rules: { 'no-console': 'off' } },
  { files: ['**/*.js', '**/*.mjs', '**/*.cjs'], extends: [tseslint.configs.base] },
);
