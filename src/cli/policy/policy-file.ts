import { readFileSync } from 'node:fs';
import { type Document, isNode, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { CommandFailed } from '../failures.js';

/** One policy of a file. */
export interface PolicyDocument {
  readonly file: string;
  /** What the file holds, as JSON would. */
  readonly value: unknown;
  /** Where the file says what a JSON pointer into the policy points to: `file:line:column`. */
  readonly place: (pointer: string) => string;
}

/**
 * The policies of the files, in their order: YAML or JSON, one or a list in a document, any number of documents.
 * Throws `CommandFailed` with all that cannot be read.
 */
export function readPolicyFiles(files: readonly string[]): readonly PolicyDocument[] {
  const read = files.map((file) => readFile(file, policiesOf));
  const faults = read.flatMap((result) => ('fault' in result ? [result.fault] : []));
  if (faults.length > 0) throw new CommandFailed(faults.join('\n'));
  return read.flatMap((result) => ('fault' in result ? [] : result.value));
}

/** The one value that a file holds; throws `CommandFailed`. */
export function readYamlFile(file: string): unknown {
  const read = readFile(file, (_file, documents) => {
    if (documents.length !== 1) throw new Error(`${file} must hold one document.`);
    return documents[0]?.toJS() as unknown;
  });
  if ('fault' in read) throw new CommandFailed(read.fault);
  return read.value;
}

function readFile<T>(
  file: string,
  use: (file: string, documents: readonly Document[], lines: LineCounter) => T,
): { readonly value: T } | { readonly fault: string } {
  try {
    const lines = new LineCounter();
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
    const documents = [...parseAllDocuments(text, { lineCounter: lines, stringKeys: true })] as Document[];
    const fault = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])[0];
    if (fault) return { fault: `${file} cannot be read: ${fault.message.trimEnd()}` };
    return {
      value: use(file, documents.filter(isFilled), lines),
    };
  } catch (error) {
    return { fault: faultOf(file, error) };
  }
}

/** Not the empty document between two separators. */
function isFilled({ contents }: Document): boolean {
  return contents !== null && !(isScalar(contents) && contents.value === null);
}

function policiesOf(file: string, documents: readonly Document[], lines: LineCounter): PolicyDocument[] {
  const policies = documents.flatMap((document) => {
    const value: unknown = document.toJS();
    const place = (path: readonly string[]): string => placeOf(file, document, lines, path);
    if (!isSeq(document.contents)) return [policyAt(file, value, place, [])];
    return (value as unknown[]).map((item, index) => policyAt(file, item, place, [String(index)]));
  });
  if (policies.length === 0) throw new Error(`${file} holds no policy.`);
  return policies;
}

function policyAt(
  file: string,
  value: unknown,
  place: (path: readonly string[]) => string,
  prefix: readonly string[],
): PolicyDocument {
  return { file, value, place: (pointer) => place([...prefix, ...tokensOf(pointer)]) };
}

/** Of what is not there, the place of what it should be in. */
function placeOf(file: string, document: Document, lines: LineCounter, path: readonly string[]): string {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  const offset = isNode(node) ? node.range?.[0] : undefined;
  if (offset === undefined && path.length > 0) return placeOf(file, document, lines, path.slice(0, -1));
  const { line, col } = lines.linePos(offset ?? 0);
  return `${file}:${line}:${col}`;
}

/** RFC 6901, section 4. */
function tokensOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function faultOf(file: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `${file} does not exist.`;
  if (code === 'EACCES') return `${file} may not be read by this user.`;
  if (code === 'EISDIR') return `${file} is a folder; name the files in it.`;
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return `${file} is not UTF-8.`;
  const message = error instanceof Error ? error.message : String(error);
  return message.startsWith(file) ? message : `${file} cannot be read: ${message}`;
}
