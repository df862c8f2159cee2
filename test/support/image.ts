import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface Step {
  readonly keyword: string;
  readonly text: string;
}

/** The Dockerfile's instructions, arguments filled in with their defaults. */
export function stepsOf(file: string): Step[] {
  const defaults = new Map<string, string>();
  return DockerfileParser.parse(readFileSync(file, 'utf8'))
    .getInstructions()
    .map((instruction: Instruction) => {
      const keyword = instruction.getKeyword();
      const text = instruction
        .getTextContent()
        .slice(keyword.length)
        .trim()
        .replace(/\\\n\s*/g, ' ')
        .replace(/\$\{(\w+)\}/g, (whole, name: string) => defaults.get(name) ?? whole);
      const [, name, value] = /^(\w+)=(.*)$/.exec(text) ?? [];
      if (keyword === 'ARG' && name !== undefined) defaults.set(name, value!);
      return { keyword, text };
    });
}

/** What a container of the image would see. */
export interface Image {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

/**
 * Does what the Dockerfile says in a folder a stage, with this machine's Node in the base image's place. With
 * `installed`, a stage that installs everything takes what is installed here from the same lock file.
 */
export function buildImage(
  steps: readonly Step[],
  into: string,
  options: { readonly installed: boolean },
): Image {
  let [stage, folder] = ['', ''];
  const env: Record<string, string> = {};
  const exec: Record<string, string[]> = {};
  for (const { keyword, text } of steps) {
    if (keyword === 'FROM') stage = / AS (\w+)$/.exec(text)![1]!;
    if (keyword === 'WORKDIR') mkdirSync((folder = join(into, stage, text)), { recursive: true });
    if (keyword === 'COPY') copy(text, into, folder);
    if (keyword === 'RUN' && options.installed && /^npm ci (?!.*--omit)/.test(text))
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    else if (keyword === 'RUN') run(text, folder);
    if (keyword === 'ENV' && stage === 'runtime')
      for (const [, name, value] of text.matchAll(/(\w+)=(\S+)/g)) env[name!] = value!;
    if (keyword === 'ENTRYPOINT' || keyword === 'CMD') exec[keyword] = JSON.parse(text) as string[];
  }
  return { folder, env, command: [...(exec['ENTRYPOINT'] ?? []), ...(exec['CMD'] ?? [])] };
}

function copy(text: string, into: string, folder: string): void {
  const [, stage, files] = /^(?:--from=(\w+) )?(.*)$/.exec(text)!;
  const names = files!.split(/\s+/);
  const to = names.pop()!;
  for (const name of names) {
    const from = stage === undefined ? join(ROOT, name) : join(into, stage, name);
    const target = to.endsWith('/') ? join(folder, to, name) : join(folder, to);
    mkdirSync(dirname(target), { recursive: true });
    // A stage is not needed any more once its result is taken.
    if (stage === undefined) cpSync(from, target, { recursive: true });
    else renameSync(from, target);
  }
}

function run(command: string, folder: string): void {
  if (!existsSync(folder)) throw new Error(`${command} runs nowhere`);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: folder,
    env: { ...systemEnvironment(), npm_config_prefer_offline: 'true' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command}:\n${stdout}${stderr}`);
}
