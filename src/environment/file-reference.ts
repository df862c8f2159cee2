import { accessSync, constants, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path that `file:` and a path stand for (`file:///etc/x`, `file:/etc/x`, `file:./x`); undefined for other text. */
export function pathOfFileReference(text: string): string | undefined {
  if (!text.startsWith('file:')) return undefined;
  if (!text.startsWith('file://')) return text.slice('file:'.length);
  try {
    return fileURLToPath(text);
  } catch {
    return undefined;
  }
}

/** True when the reference names a file that this process may read. */
export function isReadableFile(reference: string): boolean {
  const path = pathOfFileReference(reference);
  if (!path) return false;
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
