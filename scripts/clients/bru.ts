/** A block of `key: value` lines of Bruno's markup; empty without any. */
export function block(name: string, entries: Readonly<Record<string, string>>): string {
  const written = Object.entries(entries).map(([key, value]) => `  ${key}: ${value}`.trimEnd());
  return written.length === 0 ? '' : `${name} {\n${written.join('\n')}\n}\n`;
}

/** A block of free text, indented, so that no brace of it ends the block. */
export function text(name: string, content: string): string {
  const indented = content.split('\n').map((line) => `  ${line}`.trimEnd());
  return `${name} {\n${indented.join('\n')}\n}\n`;
}

/** A file of such blocks. */
export function file(...blocks: readonly string[]): string {
  return blocks.filter((each) => each !== '').join('\n');
}
