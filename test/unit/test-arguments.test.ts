import { describe, expect, it } from '@jest/globals';
import { readArguments } from '../../scripts/test/test-arguments.js';

const ALL = 'dist/test/(unit|contract|integration|e2e)/';

describe('The arguments of npm test', () => {
  it.each([
    ['nothing', [], [ALL], true],
    ['a tier', ['unit'], ['dist/test/(unit)/'], false],
    ['an option', ['-t', 'a title'], [ALL, '-t', 'a title'], true],
    ['a tier and an option', ['unit', '-t', 'a title'], ['dist/test/(unit)/', '-t', 'a title'], false],
    ['part of a name', ['quickstart'], ['quickstart'], true],
    ['part of a name and an option', ['quickstart', '-t', 'a title'], ['quickstart', '-t', 'a title'], true],
    ['a file of TypeScript', ['test/unit/a.test.ts'], ['test/unit/a.test.js'], false],
    ['a file behind an option', ['-i', 'test/e2e/a.test.ts'], ['-i', 'test/e2e/a.test.js'], true],
  ])('name what runs: %s', (_what, argv, jest, needsServices) => {
    expect(readArguments(argv)).toEqual({ jest, needsServices, soak: false });
  });

  it('make it long', () => {
    expect(readArguments(['quickstart', '--soak'])).toEqual({
      jest: ['quickstart'],
      needsServices: true,
      soak: true,
    });
  });
});
