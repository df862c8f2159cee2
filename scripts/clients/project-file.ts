import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the clone; this file runs from `dist/scripts/clients`. */
const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** A file of the clone, by its path from the root. */
export function projectFile(...path: readonly string[]): string {
  return join(projectRoot, ...path);
}
