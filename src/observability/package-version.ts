import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version of the package that this file is in, wherever in it the build has put it. */
export function packageVersion(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) || folder === dirname(folder))
      return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
  }
}
