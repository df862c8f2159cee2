import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { root } from './prepare.mjs';

/**
 * Checks the rules of .dependency-cruiser.cjs. The cruiser cannot read this version of TypeScript, and the compiled
 * JavaScript has lost its type imports: so it reads a shadow of `src/`, in which every file is its import statements.
 */
const shadow = join(root, 'dist', '.architecture');
rmSync(shadow, { recursive: true, force: true });
for (const name of readdirSync(join(root, 'src'), { recursive: true })) {
  if (!name.endsWith('.ts')) continue;
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, 'src', name), 'utf8'));
  const statements = importedFiles.map(({ fileName }) => `import ${JSON.stringify(fileName)};\n`);
  const file = join(shadow, 'src', name.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, statements.join(''));
}
copyFileSync(join(root, 'package.json'), join(shadow, 'package.json'));

const cruiser = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
const result = spawnSync(
  process.execPath,
  [cruiser, '--config', join(root, '.dependency-cruiser.cjs'), 'src'],
  {
    cwd: shadow,
    stdio: 'inherit',
  },
);
process.exitCode = result.status ?? 1;
