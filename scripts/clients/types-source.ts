import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import type { OpenAPIObject } from '@nestjs/swagger';
import { format, resolveConfig } from 'prettier';
import { projectFile } from './project-file.js';

export const TYPES_FILE = 'clients/typescript/src/schema.ts';

const HEADER = '// Made by `npm run generate:clients` from the OpenAPI document; not to be edited.\n\n';

/** The TypeScript of a document's paths and schemas, as the project formats it. */
export async function typesSource(document: OpenAPIObject): Promise<string> {
  const ast = await openapiTS(successesOf(document) as unknown as OpenAPI3, {
    // What has a default may be left out of a request.
    defaultNonNullable: false,
  });
  const file = projectFile(TYPES_FILE);
  return format(HEADER + astToString(ast), { ...(await resolveConfig(file)), filepath: file });
}

/** Every refusal is the one schema `Problem`, and the client reads the headers it needs by itself: written out for each status, they are most of the types. */
function successesOf(document: OpenAPIObject): OpenAPIObject {
  const copy = structuredClone(document);
  for (const item of Object.values(copy.paths)) {
    for (const operation of Object.values(item) as { responses: Record<string, { headers?: unknown }> }[]) {
      const successes = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      for (const [, response] of successes) delete response.headers;
      operation.responses = Object.fromEntries(successes);
    }
  }
  return copy;
}
