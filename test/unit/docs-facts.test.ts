import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BUILT_IN_CEILINGS } from '../../src/config/domain/ceilings.js';
import { loadApiEnvironment } from '../../src/environment/api-environment.js';
import { loadMigratorEnvironment } from '../../src/environment/migrator-environment.js';
import { loadWorkerEnvironment } from '../../src/environment/worker-environment.js';
import { STATUS_OF } from '../../src/http/problem-document.js';
import { type ProblemDescription, PROBLEMS } from '../../src/shared/problem-catalogue.js';
import { blocksOf, codeSpansOf, PAGES, readPage, rowsOf } from '../support/docs.js';
import { ROOT } from '../support/image.js';

const CATALOGUE: Readonly<Record<string, ProblemDescription>> = PROBLEMS;

/** The statuses that a problem can have, in order. */
function statusesOf({ kind, otherKinds = [] }: ProblemDescription): readonly number[] {
  return [kind, ...otherKinds].map((one) => STATUS_OF[one]).sort((a, b) => a - b);
}

it('a problem has the status that it is told with, on every page', () => {
  const told = PAGES.flatMap(({ path, text }) =>
    [...text.matchAll(/\b([45]\d\d):? `([a-z]+(?:-[a-z]+)*)`/g)].map(([, status, code]) => ({
      path,
      status: Number(status),
      code: code!,
    })),
  );
  expect(told.length).toBeGreaterThan(20);
  const has = (code: string, status: number): boolean =>
    Object.hasOwn(CATALOGUE, code) && statusesOf(CATALOGUE[code]!).includes(status);
  expect(told.filter(({ code, status }) => !has(code, status))).toEqual([]);
});

describe('docs/troubleshooting.md', () => {
  it('has every problem, with its statuses and its title, and none that there is not', () => {
    const rows = rowsOf(readPage('docs/troubleshooting.md').text).filter((cells) => cells.length === 4);
    const told = rows.map(([code, statuses, title]) => [code!.replaceAll('`', ''), statuses, title]);
    const all = Object.entries(CATALOGUE).map(([code, problem]) => [
      code,
      statusesOf(problem).join(', '),
      problem.title,
    ]);
    expect(told.sort()).toEqual(all.sort());
    expect(rows.filter(([, , , advice]) => !advice)).toEqual([]);
  });

  it('has every reason why a delivery ends', () => {
    const { text } = readPage('src/delivery/domain/delivery.ts');
    const reasons = /type EndReason =(.*?);/s.exec(text)![1]!.match(/\w+/g)!;
    const spans = codeSpansOf(readPage('docs/troubleshooting.md'));
    expect(reasons.filter((reason) => !spans.includes(reason))).toEqual([]);
  });
});

describe('docs/operating.md', () => {
  const page = readPage('docs/operating.md');

  it('has the built-in ceilings', () => {
    expect(blocksOf(page, 'json').map((block) => JSON.parse(block) as unknown)).toEqual([BUILT_IN_CEILINGS]);
  });

  it('has every alert', () => {
    const { text } = readPage('docker/prometheus/alerts.yaml');
    const alerts = [...text.matchAll(/alert: (\w+)/g)].map(([, name]) => name!);
    expect(alerts.length).toBeGreaterThan(5);
    expect(
      codeSpansOf(page)
        .filter((span) => /^Acs/.test(span))
        .sort(),
    ).toEqual(alerts.sort());
  });
});

describe('docs/metrics.md', () => {
  it('has every metric of the service', () => {
    const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
    const sources = names
      .filter((name) => /metrics\.ts$/.test(name))
      .map((name) => readPage(`src/${name}`).text);
    const made = sources.flatMap((text) => text.match(/(?<=name: ')acs_\w+/g) ?? []);
    const told = codeSpansOf(readPage('docs/metrics.md')).filter((span) => span.startsWith('acs_'));
    expect(made.length).toBeGreaterThan(5);
    expect(told.sort()).toEqual(made.sort());
  });
});

describe('docs/security.md', () => {
  it('names tests that there are, in every row of its requirements', () => {
    const { text } = readPage('docs/security.md');
    const rows = rowsOf(text.slice(text.indexOf('## Requirements')));
    expect(rows.length).toBeGreaterThan(20);
    for (const cells of rows) {
      const files = [...cells.at(-1)!.matchAll(/`([\w/-]+)`/g)].map(([, name]) => `test/${name!}.test.ts`);
      expect([cells[0], files.length > 0]).toEqual([cells[0], true]);
      expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    }
  });
});

describe('the environment', () => {
  /** The keys that a process asks for. */
  function keysReadBy(load: (env: NodeJS.ProcessEnv) => unknown): string[] {
    const keys = new Set<string>();
    const env = new Proxy(
      {},
      {
        get: (_target, key: string) => (keys.add(key), undefined),
      },
    );
    // Nothing is set, so it is refused; what it looked at is what counts.
    expect(() => load(env)).toThrow('is not set');
    return [...keys];
  }

  it('is in the README, key by key and process by process', () => {
    const [, section = ''] = /### Environment\n(.*?)(?:\n## |$)/s.exec(readPage('README.md').text) ?? [];
    const table = rowsOf(section).flatMap(([keys, readers]) =>
      [...keys!.matchAll(/\w+/g)].map(([key]): [string, string] => [key, readers!]),
    );
    const processes = {
      API: keysReadBy(loadApiEnvironment),
      worker: keysReadBy(loadWorkerEnvironment),
      migrator: keysReadBy(loadMigratorEnvironment),
    };
    for (const [name, keys] of Object.entries(processes)) {
      const told = table.filter(([, readers]) => readers === 'all' || readers.includes(name));
      expect(keys.filter((key) => !told.some(([other]) => other === key))).toEqual([]);
    }
    const all = new Set(Object.values(processes).flat());
    expect(table.map(([key]) => key).filter((key) => !all.has(key))).toEqual([]);
  });

  it('and every other name in capitals on any page is one that the project knows', () => {
    const folders = ['src', 'scripts', 'docker', 'test', 'bench'];
    const sources = folders.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter(
          (name) => /\.(?:ts|mjs|sh|yaml|json)$|Dockerfile$/.test(name) && !name.includes('node_modules'),
        )
        .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
    );
    const placeholders = ['ACCOUNT_SID', 'AUTH_TOKEN'];
    const openTelemetrysOwn = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_CERTIFICATE'];
    const known = new Set([
      ...sources.join('\n').match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)!,
      ...placeholders,
      ...openTelemetrysOwn,
    ]);
    const named = PAGES.flatMap((page) =>
      [...page.text.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => `${page.path}: ${name}`),
    );
    expect(named.length).toBeGreaterThan(100);
    expect([...new Set(named)].filter((entry) => !known.has(entry.split(': ')[1]!))).toEqual([]);
  });
});
