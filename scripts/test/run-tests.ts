import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onPath } from '../quickstart/on-path.js';
import type { Counts } from './count-reporter.js';
import { startTestServices, type TestServices } from './test-services.js';
import { readArguments, type TestArguments } from './test-arguments.js';

const projectRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Runs Jest with the services that the chosen tiers need. Resolves with the exit code, once nothing is left behind. */
export async function runTests(argv: readonly string[]): Promise<number> {
  const chosen = readArguments(argv);
  const services = chosen.needsServices ? await startTestServices(console.error) : undefined;
  const folder = services?.folder ?? mkdtempSync(join(tmpdir(), 'acs-test-'));
  const countsFile = join(folder, 'counts.json');
  let counts: Counts | undefined;
  let exitCode = 1;
  try {
    exitCode = await runJest(chosen, { ...services?.env, TEST_COUNTS: countsFile });
    counts = readCounts(countsFile);
  } finally {
    await services?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return report(counts, exitCode, services);
}

async function runJest(chosen: TestArguments, env: NodeJS.ProcessEnv): Promise<number> {
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  const reporter = fileURLToPath(new URL('./count-reporter.js', import.meta.url));
  const child = spawn(
    process.execPath,
    [jest, ...chosen.jest, '--reporters=default', `--reporters=${reporter}`],
    {
      cwd: projectRoot,
      stdio: 'inherit',
      env: {
        ...process.env,
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`,
        ...(chosen.soak ? { SOAK: '1' } : {}),
        ...env,
      },
    },
  );
  // Ctrl-C reaches Jest as well; its end is awaited so that the services outlive it.
  const stay = (): void => undefined;
  process.on('SIGINT', stay);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  process.off('SIGINT', stay);
  return code ?? 1;
}

function readCounts(file: string): Counts | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Counts) : undefined;
}

const NOTHING_RAN: Counts = { passed: 0, failed: 1, skipped: 0, skippedTitles: [] };

function report(counts: Counts | undefined, exitCode: number, services: TestServices | undefined): number {
  const { passed, failed, skipped, skippedTitles } = counts ?? NOTHING_RAN;
  const gaps = [...missingRedis(services), ...(skipped > 0 ? missingBrowser() : [])];
  for (const title of skippedTitles) console.log(`Skipped: ${title}`);
  for (const gap of gaps) console.log(gap);
  const gapsFail = process.env.CI === 'true' && (skipped > 0 || gaps.length > 0);
  if (gapsFail) console.log('CI=true: what is skipped is a failure.');
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  if (exitCode !== 0) return exitCode;
  return failed > 0 || passed === 0 || gapsFail ? 1 : 0;
}

function missingRedis(services: TestServices | undefined): string[] {
  if (!services || services.env.TEST_REDIS_URL) return [];
  return [
    'Without Redis: its tests were skipped and deliveries went without Bull. ' +
      'Install redis-server or valkey-server, or set TEST_REDIS_URL.',
  ];
}

function missingBrowser(): string[] {
  if (onPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')) return [];
  return [
    'Without a browser: its tests were skipped. Install Chromium (on Debian: apt-get install chromium).',
  ];
}
