import { expect, test } from '@jest/globals';
import { readOptions, UsageError } from '../../bench/options.js';

test('without a name everything but the long scenarios is run, five times', () => {
  const options = readOptions([])!;
  expect(options.scenarios).toContain('create');
  expect(options.scenarios).toContain('delivery');
  expect(options.scenarios).not.toContain('growth');
  expect(options.runs).toBe(5);
});

test('what is named is run, and figures given win over those of a quick look', () => {
  const options = readOptions(['create', 'get', '--quick', '--runs', '7'])!;
  expect(options.scenarios).toEqual(['create', 'get']);
  expect(options.runs).toBe(7);
  expect(options.seconds).toBeLessThan(5);
});

test('tokens are measured by default, and in a quick look only when they are named', () => {
  expect(readOptions([])!.scenarios).toContain('tokens');
  expect(readOptions(['--quick'])!.scenarios).not.toContain('tokens');
  expect(readOptions(['--quick'])!.scenarios).toContain('delivery');
  expect(readOptions(['tokens', '--quick'])!.scenarios).toEqual(['tokens']);
});

test.each([[['nonsense']], [['--runs', 'many']], [['--runs', '0']], [['--unknown']]])(
  'a command line that is not understood is refused: %j',
  (argv) => {
    expect(() => readOptions(argv)).toThrow(UsageError);
  },
);

test('help is no run', () => {
  expect(readOptions(['--help'])).toBeUndefined();
});
