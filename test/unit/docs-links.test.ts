import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { anchorsOf, type Page, PAGES, proseOf, readPage } from '../support/docs.js';
import { ROOT } from '../support/image.js';

interface Link {
  readonly from: string;
  readonly to: string;
}

function linksOf(page: Page): Link[] {
  const prose = proseOf(page).replace(/`[^`\n]+`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => ({ from: page.path, to: to! }));
}

const links = PAGES.flatMap(linksOf);
const relative = links.filter(({ to }) => !/^[a-z]+:/.test(to));

describe('the documentation', () => {
  it('links to files and headings that there are', () => {
    expect(relative.length).toBeGreaterThan(20);
    const broken = relative.filter(({ from, to }) => {
      const [file = '', anchor] = to.split('#');
      const path = file === '' ? from : normalize(join(dirname(from), file));
      if (!existsSync(join(ROOT, path))) return true;
      return anchor !== undefined && !anchorsOf(readPage(path)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('links elsewhere by https, and to this machine by http', () => {
    const others = links.filter((link) => !relative.includes(link));
    expect(others.filter(({ to }) => !/^(https:\/\/|http:\/\/localhost:)/.test(to))).toEqual([]);
  });

  it('names files that there are, wherever it names one of the project', () => {
    const named = PAGES.flatMap(({ path, text }) =>
      [...text.matchAll(/`((?:src|test|docs|docker|scripts|bench)\/[\w./-]+)`/g)].map(([, to]) => ({
        from: path,
        to: to!,
      })),
    );
    // What comes into being when a command is run.
    const made = ['docker/.env', 'bench/results/', 'bench/node_modules'];
    expect(named.filter(({ to }) => !made.includes(to) && !existsSync(join(ROOT, to)))).toEqual([]);
  });

  it('is found from the README, page by page', () => {
    const reached = new Set(['README.md']);
    for (const from of reached)
      for (const link of relative.filter((other) => other.from === from)) {
        const path = normalize(join(dirname(from), link.to.split('#')[0]!));
        if (path.endsWith('.md')) reached.add(path);
      }
    const lost = PAGES.map(({ path }) => path).filter((path) => !reached.has(path));
    expect(lost.filter((path) => !path.startsWith('docs/decisions/'))).toEqual([]);
  });
});
