import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Not every commit has one. */
const BUNDLER = 'scripts/bundle.mjs';
const MIGRATIONS = 'src/database/migrations';

/** The version that an upgrade to this one starts from, or why there is none to be had. */
export type PreviousVersion = { readonly commit: string } | { readonly absent: string };

/**
 * The previous version is the state of the repository just before its newest migration landed: the newest commit
 * that lacks a migration of today. So it always runs on a schema that was not made for it, however many commits came
 * since; a migration that is not committed yet makes it the last commit.
 */
export function findPreviousVersion(): PreviousVersion {
  if (!existsSync(join(ROOT, '.git'))) return { absent: 'this is no clone of the repository' };
  try {
    const landed = migrationsOf('HEAD');
    const isPending = readdirSync(join(ROOT, MIGRATIONS)).some((file) => !landed.includes(file));
    if (isPending) return { commit: git('rev-parse', 'HEAD') };
    const landing = git(
      'log',
      '--first-parent',
      '-m',
      '--diff-filter=A',
      '-1',
      '--format=%H',
      '--',
      MIGRATIONS,
    );
    const commit = git('rev-parse', '--verify', '--quiet', `${landing}^`);
    return migrationsOf(commit).length > 0 ? { commit } : { absent: 'the history begins with this schema' };
  } catch {
    return { absent: 'the history does not reach back past the newest migration, or there is no git' };
  }
}

/**
 * The `dist` of a commit: its sources, built with the dependencies of today and kept for the next run. Types are not
 * checked: they were when it was committed.
 */
export function buildOf(commit: string): string {
  const kept = join(ROOT, 'node_modules', '.cache', 'acs-previous-version', commit);
  if (!existsSync(kept)) {
    const sources = mkdtempSync(join(tmpdir(), 'acs-previous-'));
    const unfinished = `${kept}.${process.pid}`;
    try {
      extract(commit, sources);
      mkdirSync(unfinished, { recursive: true });
      build(sources);
      cpSync(join(sources, 'dist'), join(unfinished, 'dist'), { recursive: true });
      copyFileSync(join(sources, 'package.json'), join(unfinished, 'package.json'));
      renameSync(unfinished, kept);
    } finally {
      rmSync(sources, { recursive: true, force: true });
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return join(kept, 'dist');
}

function extract(commit: string, folder: string): void {
  const archive = join(folder, 'sources.tar');
  const wanted = ['src', 'package.json', 'tsconfig.json', BUNDLER];
  const present = git('ls-tree', '--name-only', commit, ...wanted).split('\n');
  git('archive', `--output=${archive}`, commit, ...present);
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}

function build(sources: string): void {
  const configuration = join(sources, 'tsconfig.previous.json');
  const once = { incremental: false, tsBuildInfoFile: null, noCheck: true };
  writeFileSync(
    configuration,
    JSON.stringify({ extends: './tsconfig.json', include: ['src'], compilerOptions: once }),
  );
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const bundler = join(sources, BUNDLER);
  for (const step of [[compiler, '-p', configuration], ...(existsSync(bundler) ? [[bundler]] : [])])
    execFileSync(process.execPath, step, { stdio: ['ignore', 'inherit', 'inherit'] });
}

function migrationsOf(commit: string): string[] {
  return git('ls-tree', '--name-only', commit, `${MIGRATIONS}/`)
    .split('\n')
    .filter((file) => file !== '')
    .map((file) => basename(file));
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
