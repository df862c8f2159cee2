/** The tiers are named by what they need: nothing, nothing or a database, the services, the whole. */
const TIERS = ['unit', 'contract', 'integration', 'e2e'];

export interface TestArguments {
  readonly jest: readonly string[];
  readonly needsServices: boolean;
  /** The same tests, long. */
  readonly soak: boolean;
}

/**
 * Leading names of tiers choose what runs, all without; or leading paths or parts of them do, which may name the
 * TypeScript file. From the first option on everything is Jest's, and paths are known by their folder or ending.
 */
export function readArguments(argv: readonly string[]): TestArguments {
  const soak = argv.includes('--soak');
  const rest = argv.filter((argument) => argument !== '--soak');
  const options = rest.findIndex((argument) => !TIERS.includes(argument));
  const tiers = rest.slice(0, options === -1 ? undefined : options);
  const passedOn = rest.slice(tiers.length).map((argument) => argument.replace(/\.test\.ts$/, '.test.js'));
  const firstOption = passedOn.findIndex((argument) => argument.startsWith('-'));
  const paths = passedOn.filter(
    (argument, index) =>
      firstOption === -1 ||
      index < firstOption ||
      argument.includes('test/') ||
      argument.endsWith('.test.js'),
  );
  const chosen = tiers.length > 0 ? tiers : TIERS;
  return {
    jest: [...(paths.length > 0 ? [] : [`dist/test/(${chosen.join('|')})/`]), ...passedOn],
    needsServices: chosen.some((tier) => tier !== 'unit') && !(paths.length > 0 && paths.every(isUnit)),
    soak,
  };
}

const isUnit = (path: string): boolean => path.includes('test/unit');
