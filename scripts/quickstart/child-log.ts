import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A folder with one log file a child, emptied at each start. */
export function freshLogFolder(dataDir: string): (name: string) => string {
  const folder = join(dataDir, 'logs');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return (name) => join(folder, `${name}.log`);
}

/** What of a line of one of our processes belongs on the console: warnings, errors, and what is not a log line at all. */
export function trouble(line: string): string | undefined {
  const entry = parse(line);
  if (!entry) return line.trim() === '' || /^\(node:\d+\)|^\(Use `node/.test(line) ? undefined : line;
  if (typeof entry.level !== 'number' || entry.level < 40) return undefined;
  return [entry.msg, entry.err?.message].filter((part) => typeof part === 'string' && part !== '').join(': ');
}

/** Whether the line is a log line whose message contains the text. */
export function says(line: string, text: string): boolean {
  const msg = parse(line)?.msg;
  return typeof msg === 'string' && msg.includes(text);
}

function parse(
  line: string,
):
  | { readonly level?: unknown; readonly msg?: unknown; readonly err?: { readonly message?: unknown } }
  | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as { level?: unknown; msg?: unknown; err?: { message?: unknown } };
  } catch {
    return undefined;
  }
}
