import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import ts from 'typescript';
import { projectFile } from '../../scripts/clients/project-file.js';

/** What the examples take for granted. */
const SURROUNDINGS = `
declare const email: string, userId: string, code: string, password: string, token: string, id: string;
declare function setPassword(userId: string | null, password: string): Promise<void>;
declare function signIn(userId: string | null): void;
`;

it("compiles the client's README", () => {
  const readme = readFileSync(projectFile('clients/typescript/README.md'), 'utf8');
  const [passwordReset, signOn] = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
  const [imports, ...statements] = passwordReset!.split(/(?<=;\n)\n/);
  const [inApp, onWeb] = signOn!.split(/^$/m);
  const setUp = statements.shift()!;
  const source = [
    imports!.replace('action-challenge-service-client', './index.js'),
    SURROUNDINGS,
    setUp,
    `export async function reset() {\n${statements.join('\n')}\nreturn undefined;\n}`,
    `export async function inApp() {\n${inApp!}\nreturn link;\n}`,
    `const action = { name: '', details: { site: '' } };\nexport async function onWeb() {\n${onWeb!}}`,
  ].join('\n');
  expect(findingsIn(source)).toEqual([]);
});

/** What the compiler says of a source file beside the client's. */
function findingsIn(source: string): string[] {
  const config = projectFile('clients/typescript/tsconfig.json');
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(config, (path) => ts.sys.readFile(path)).config,
    ts.sys,
    projectFile('clients/typescript'),
  );
  const file = projectFile('clients/typescript/src/readme.ts');
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => path === file || disk.fileExists(path),
    readFile: (path) => (path === file ? source : disk.readFile(path)),
    getSourceFile: (path, target) =>
      path === file ? ts.createSourceFile(path, source, target, true) : disk.getSourceFile(path, target),
  };
  const program = ts.createProgram([file], { ...options, noEmit: true, noUnusedLocals: false }, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
