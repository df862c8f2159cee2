import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './image.js';

/** A page of the documentation. */
export interface Page {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

/** Every page that people read: those at the root, all of docs/, the benchmark's and the chart's. */
export const PAGES: readonly Page[] = [
  'README.md',
  'CONTRIBUTING.md',
  'bench/README.md',
  'docker/helm/acs/README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map(readPage);

/** The fenced blocks of a page whose language is among these, in their order. */
export function blocksOf({ text }: Page, ...languages: readonly string[]): readonly string[] {
  return [...text.matchAll(/^```(\S*)\n(.*?)^```$/gms)].flatMap(([, language, code]) =>
    languages.includes(language!) ? [code!] : [],
  );
}

/** What a page says outside its fenced blocks. */
export function proseOf({ text }: Page): string {
  return text.replace(/^```.*?^```$/gms, '');
}

/** What stands in backticks in a page's prose. */
export function codeSpansOf(page: Page): readonly string[] {
  return [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
}

/** The names that links to a page's headings go by, as GitHub makes them. */
export function anchorsOf(page: Page): readonly string[] {
  const seen = new Map<string, number>();
  return [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => {
    const name = heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const earlier = seen.get(name) ?? 0;
    seen.set(name, earlier + 1);
    return earlier === 0 ? name : `${name}-${earlier}`;
  });
}

/** The rows of every table in a text, cell by cell, without their heads. */
export function rowsOf(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^\|[ :-]+\|.*\n((?:\|.*\n?)+)/gm)].flatMap(([, rows]) =>
    rows!
      .trim()
      .split('\n')
      .map((row) =>
        row
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim()),
      ),
  );
}
