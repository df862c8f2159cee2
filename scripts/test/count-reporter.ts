import { writeFileSync } from 'node:fs';

/** What Jest has counted. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly skippedTitles: readonly string[];
}

/** What is used of Jest's results. */
type Results = Readonly<Record<string, unknown>> & {
  readonly testResults: readonly {
    readonly testResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
};

/** A reporter of Jest that leaves the counts of the run in the file `TEST_COUNTS`. */
class CountReporter {
  onRunComplete(_contexts: unknown, results: Results): void {
    const count = (name: string): number => Number(results[name] ?? 0);
    const tests = results.testResults.flatMap((file) => file.testResults);
    const counts: Counts = {
      passed: count('numPassedTests'),
      // A file that could not even be loaded has no tests to count.
      failed: count('numFailedTests') + count('numRuntimeErrorTestSuites'),
      skipped: count('numPendingTests') + count('numTodoTests'),
      skippedTitles: tests
        .filter(({ status }) => status === 'pending' || status === 'todo')
        .map(({ fullName }) => fullName),
    };
    writeFileSync(process.env.TEST_COUNTS!, JSON.stringify(counts));
  }
}

// eslint-disable-next-line no-restricted-exports -- Jest takes a reporter as the default export of its file.
export default CountReporter;
