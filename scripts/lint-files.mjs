import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { validate, ValidationSeverity } from 'dockerfile-utils';
import { LineCounter, parseAllDocuments } from 'yaml';
import { root } from './prepare.mjs';

/** Lints what is neither code nor text: Dockerfiles, and YAML, strictly and with its warnings. Prints each finding with its place. */
const UNTRACKED = new Set(['node_modules', 'dist', '.git', '.acs', 'results']);

/** Those that are a matter of setting; the others are errors anyway. */
const DOCKERFILE_RULES = [
  'deprecatedMaintainer',
  'directiveCasing',
  'emptyContinuationLine',
  'instructionCasing',
  'instructionCmdMultiple',
  'instructionEntrypointMultiple',
  'instructionHealthcheckMultiple',
  'instructionJSONInSingleQuotes',
  'instructionWorkdirRelative',
];

/** Of a chart: text of which Helm makes YAML. What they make is checked by a test. */
const isTemplate = (file) => /[\\/]helm[\\/][^\\/]+[\\/]templates[\\/]/.test(file);

const linters = [
  { wants: (name) => /(?:^|\.)Dockerfile(?:\.|$)/.test(name), findingsIn: dockerfileFindings },
  { wants: (name) => /\.ya?ml$/.test(name), findingsIn: yamlFindings },
];

const files = filesBelow(root).filter((file) => !isTemplate(file));
const findings = files.flatMap((file) => {
  const linter = linters.find(({ wants }) => wants(basename(file)));
  const found = linter?.findingsIn(readFileSync(file, 'utf8')) ?? [];
  return found.map(({ line, message }) => `${relative(root, file)}:${line}  ${message}`);
});
for (const finding of findings) console.log(finding);
process.exitCode = findings.length === 0 ? 0 : 1;

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return UNTRACKED.has(entry.name) ? [] : filesBelow(path);
    return [path];
  });
}

function dockerfileFindings(text) {
  const settings = Object.fromEntries(DOCKERFILE_RULES.map((rule) => [rule, ValidationSeverity.ERROR]));
  return validate(text, settings).map(({ range, message }) => ({ line: range.start.line + 1, message }));
}

function yamlFindings(text) {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
    strict: true,
  });
  return [...documents].flatMap(({ errors, warnings }) =>
    [...errors, ...warnings].map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line, message })),
  );
}
