import type { OpenAPIObject } from '@nestjs/swagger';
import { brunoCollection, COLLECTION_FOLDER } from './bruno-collection.js';
import { TYPES_FILE, typesSource } from './types-source.js';

/** Everything under `clients/` that is made from the document, by its path from the root. */
export async function generatedFiles(document: OpenAPIObject): Promise<ReadonlyMap<string, string>> {
  return new Map([
    [TYPES_FILE, await typesSource(document)],
    ...[...brunoCollection(document)].map(([path, content]): [string, string] => [
      `${COLLECTION_FOLDER}/${path}`,
      content,
    ]),
  ]);
}

/** Whether a file under `clients/` is one of those, this document's or an earlier one's. */
export function isGenerated(path: string): boolean {
  return path === TYPES_FILE || (path.startsWith(`${COLLECTION_FOLDER}/`) && !path.endsWith('.md'));
}
