import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { installOrExit, root } from './prepare.mjs';

/** `npm run check`: everything that needs no service, in parallel, each step with its result. */
installOrExit();
const startedAt = performance.now();
const cache = join(root, 'node_modules', '.cache');
const bin = (name, command = name) => {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const { bin: bins } = createRequire(import.meta.url)(manifest);
  return join(dirname(manifest), typeof bins === 'string' ? bins : bins[command]);
};
const script = (name) => join(root, 'scripts', name);

const results = await Promise.all([
  run('format', [bin('prettier'), '--check', '--cache', '.']),
  run('lint', [
    bin('eslint'),
    '--cache',
    '--cache-strategy=content',
    `--cache-location=${cache}/eslint/`,
    '.',
  ]),
  run('files', [script('lint-files.mjs')]),
  run('architecture', [script('architecture.mjs')]),
  run('types', [script('prepare.mjs')]).then(
    async (built) => built && (await run('unit', [script('test.mjs'), 'unit'])),
  ),
]);
const ok = results.every(Boolean);
console.log(`${ok ? 'All good' : 'Not yet'} (${seconds(startedAt)})`);
process.exitCode = ok ? 0 : 1;

/** Runs a step; its output is shown when it fails. */
async function run(name, args) {
  const from = performance.now();
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve) => child.on('close', resolve));
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name} (${seconds(from)})`);
  if (code !== 0) process.stdout.write(Buffer.concat(output));
  return code === 0;
}

function seconds(from) {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`;
}
