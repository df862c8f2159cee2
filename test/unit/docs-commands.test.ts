import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { acs } from '../support/cli.js';
import { blocksOf, codeSpansOf, type Page, PAGES, readPage } from '../support/docs.js';
import { ROOT } from '../support/image.js';

const OF_NPM = ['--help', '-s'];

/** Everything in a page that may hold a command: blocks for a shell, line by line, and what stands in backticks. */
function codeOf(page: Page): readonly string[] {
  const blocks = blocksOf(page, 'bash', 'sh', '');
  return [...blocks.flatMap((block) => block.split('\n')), ...codeSpansOf(page)];
}

interface Command {
  readonly path: string;
  readonly words: readonly string[];
}

/** The words after each match of a command's name, to the end of the command. */
function commandsNamed(name: RegExp): Command[] {
  return PAGES.flatMap((page) =>
    codeOf(page).flatMap((code) =>
      [...code.matchAll(name)].map((match) => ({
        path: page.path,
        words: code
          .slice(match.index + match[0].length)
          .split(/\s#|[)|;&<>"']/)[0]!
          .split(/[\s,]+/)
          .filter((word) => word !== ''),
      })),
    ),
  );
}

/** What `--help` says of a command; undefined where there is none by this name. */
async function helpOf(words: readonly string[]): Promise<string | undefined> {
  const { code, out } = await acs([...words, '--help']);
  const help = out.join('\n');
  return code === 0 && help.startsWith(`Usage: ${['acs', ...words].join(' ')} `) ? help : undefined;
}

const optionsOf = (words: readonly string[]): string[] =>
  words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0]!);

describe('the commands in the documentation', () => {
  it('are scripts of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const used = commandsNamed(/\bnpm run (?:-s )?/g);
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter(({ words }) => !Object.hasOwn(scripts, words[0]!))).toEqual([]);
  });

  it('are commands of acs, with options that these have', async () => {
    const used = commandsNamed(/(?:\bacs --|main\.acs\.js|^acs) (?=[a-z])/g);
    expect(used.length).toBeGreaterThan(20);
    const wrong: string[] = [];
    for (const { path, words } of used) {
      const options = words.findIndex((word) => !/^[a-z]+$/.test(word));
      const names = options < 0 ? words : words.slice(0, options);
      const help = (await helpOf(names.slice(0, 2))) ?? (await helpOf(names.slice(0, 1)));
      const isGroup = help?.includes('[command]') ?? false;
      const unknown = optionsOf(words).filter((option) => !help?.includes(` ${option}`));
      if (!help || (isGroup && names.length > 1) || unknown.length > 0)
        wrong.push(`${path}: acs ${words.join(' ')}`);
    }
    expect(wrong).toEqual([]);
  });

  it('have their options in docs/acs.md, all of them and no others', async () => {
    const page = readPage('docs/acs.md');
    const told = new Set([...page.text.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([option]) => option));
    const names = page.text.match(/(?<=^## ).*(?=:)/gm)!.flatMap((title) => title.match(/(?<=`)[^`]+/g)!);
    const groups = { deliveries: ['list', 'dead', 'show', 'retry'], keys: ['generate', 'rotate'] };
    const commands = names
      .filter((name) => /^[a-z]/.test(name))
      .flatMap((name) =>
        name in groups ? groups[name as keyof typeof groups].map((one) => `${name} ${one}`) : [name],
      );
    const helps = await Promise.all(commands.map((command) => helpOf(command.split(' '))));
    expect(commands.filter((_command, index) => helps[index] === undefined)).toEqual([]);
    const there = new Set(helps.flatMap((help) => help!.match(/(?<=^ +(?:-\w, )?)--[a-z-]+/gm)!));
    expect([...told].filter((option) => !there.has(option) && !OF_NPM.includes(option))).toEqual([]);
    expect([...there].filter((option) => !told.has(option))).toEqual([]);
  });

  it('know the options of a quickstart, a test run and a benchmark', () => {
    const sources = {
      start: ['scripts/start.mjs'],
      test: ['scripts/test/test-arguments.ts', 'scripts/test/run-tests.ts'],
      bench: ['bench/options.ts'],
    };
    const used = commandsNamed(/\bnpm (?=(?:run bench|start|test) -- )/g);
    const wrong = used.filter(({ words }) => {
      const [script] = words[0] === 'run' ? words.slice(1) : words;
      const source = sources[script as keyof typeof sources].map((file) => readPage(file).text).join('');
      return optionsOf(words.slice(words.indexOf('--') + 1)).some(
        (option) => !source.includes(option.slice(2)),
      );
    });
    expect(used.length).toBeGreaterThan(5);
    expect(wrong).toEqual([]);
  });
});
