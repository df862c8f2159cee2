import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedFiles, isGenerated } from './generated-files.js';
import { currentDocument } from './openapi-document.js';
import { projectFile } from './project-file.js';

/** Writes what is made from the document, and removes what an earlier document gave. */
export async function generateClients(): Promise<void> {
  const files = await generatedFiles(await currentDocument());
  for (const path of committedFiles().keys()) {
    if (!files.has(path)) rmSync(projectFile(path));
  }
  for (const [path, content] of files) {
    mkdirSync(dirname(projectFile(path)), { recursive: true });
    writeFileSync(projectFile(path), content);
  }
  console.log(`${files.size} files under clients/ are those of the current OpenAPI document`);
}

/** What is there now of the files that are made, by their path from the root. */
export function committedFiles(): ReadonlyMap<string, string> {
  const paths = readdirSync(projectFile('clients'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(projectFile().length).replaceAll('\\', '/'))
    .filter(isGenerated);
  return new Map(paths.map((path) => [path, readFileSync(projectFile(path), 'utf8')]));
}
