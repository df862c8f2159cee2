import { parseArgs } from 'node:util';

export const RATE_SCENARIOS = ['create', 'get', 'answer', 'wrong', 'complete', 'life'] as const;
export type RateScenario = (typeof RATE_SCENARIOS)[number];

/** Run when none is named, in this order. */
const BY_DEFAULT = [...RATE_SCENARIOS, 'tokens', 'peer', 'delivery'] as const;
/** The same for a first look. */
const QUICKLY = BY_DEFAULT.filter((name) => name !== 'tokens');
const SCENARIOS = [...BY_DEFAULT, 'growth', 'overload', 'capacity'] as const;
export type Scenario = (typeof SCENARIOS)[number];

export interface BenchOptions {
  readonly scenarios: readonly Scenario[];
  readonly quick: boolean;
  readonly runs: number;
  /** Of each run. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
  /** Challenges that `growth` fills the tables with. */
  readonly rows: number;
  readonly json: string | undefined;
  /** Results of an earlier run that `capacity` is reckoned from; those that come with the project unless told otherwise. */
  readonly from: string | undefined;
}

export const HELP = `npm run bench: what the service does per second, beside what its database and its framework could.

  npm run bench                        ${BY_DEFAULT.join(', ')}
  npm run bench -- create get          these alone
  npm run bench -- growth              10 million stored challenges against 10 thousand
  npm run bench -- overload            ten times capacity, and what is left of it
  npm run bench -- capacity            what rates of challenges and skewed tenants need, reckoned from measurements

  --quick            a first look in less than two minutes: 3 short runs, and no tokens unless named
  --runs N           runs of each measurement (5); the median counts
  --seconds N        length of a run (10)
  --connections N    requests under way at once (32)
  --rows N           what growth fills in (10000000)
  --from FILE        results that capacity is reckoned from: of rates, delivery and growth
  --json FILE        where the results go as JSON (bench/results/<time>.json)
  --help             this text

Everything runs on this machine, on free ports, and is stopped at the end. TEST_DATABASE_URL and TEST_REDIS_URL name
servers to use instead of private ones; WEB_CONCURRENCY, WORKER_CONCURRENCY, DATABASE_POOL_SIZE and LOG_LEVEL are
handed to the service.
`;

export class UsageError extends Error {}

/** Reads the command line; throws `UsageError` on what it does not know. Undefined: help was asked for. */
export function readOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values, positionals } = parsed(argv);
  if (values.help) return undefined;
  const unknown = positionals.filter((name) => !(SCENARIOS as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new UsageError(`There is no ${unknown.join(', ')}; there are ${SCENARIOS.join(', ')}`);
  const quick = values.quick ?? false;
  return {
    scenarios: positionals.length > 0 ? (positionals as Scenario[]) : quick ? QUICKLY : BY_DEFAULT,
    quick,
    runs: number('runs', values.runs, quick ? 3 : 5),
    seconds: number('seconds', values.seconds, quick ? 1 : 10),
    warmUpSeconds: quick ? 0.5 : 5,
    connections: number('connections', values.connections, 32),
    rows: number('rows', values.rows, quick ? 200_000 : 10_000_000),
    json: values.json,
    from: values.from,
  };
}

function parsed(argv: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(argv);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

// The return type is what `parseArgs` makes of these options.

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      help: flag,
      quick: flag,
      runs: text,
      seconds: text,
      connections: text,
      rows: text,
      json: text,
      from: text,
    },
  });
}

function number(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`--${name} must be a number above zero`);
  return value;
}
