import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { committedFiles } from '../../scripts/clients/generate.js';
import { generatedFiles } from '../../scripts/clients/generated-files.js';
import { currentDocument } from '../../scripts/clients/openapi-document.js';
import { projectFile } from '../../scripts/clients/project-file.js';
import { type OpenApiDocument, operationsOf } from '../support/openapi-document.js';
import { collectionRequests } from '../support/bruno.js';
import { recordedCalls } from '../support/client-calls.js';

describe('what is made from the OpenAPI document', () => {
  let document: OpenApiDocument;
  let made: ReadonlyMap<string, string>;

  beforeAll(async () => {
    const current = await currentDocument();
    made = await generatedFiles(current);
    document = JSON.parse(JSON.stringify(current)) as OpenApiDocument;
  });

  it('is committed as the current document gives it; else `npm run generate:clients`', () => {
    const committed = committedFiles();
    const paths = new Set([...made.keys(), ...committed.keys()]);
    expect([...paths].filter((path) => made.get(path) !== committed.get(path))).toEqual([]);
  });

  it('leaves no operation out of the client', async () => {
    const calls = await recordedCalls();
    const operations = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
    expect([...calls].sort()).toEqual(operations.sort());
  });

  it("leaves no operation out of the collection, which Bruno's own parser reads", () => {
    const requests = collectionRequests();
    const operations = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
    expect(requests.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(operations.sort());
    for (const { auth, body, parameters } of requests) {
      expect(auth).toBe('inherit');
      if (body !== undefined) expect(() => JSON.parse(body) as unknown).not.toThrow();
      expect(parameters).not.toContain('');
    }
  });

  it('is built on the library that is tested here', () => {
    const client = manifest('clients/typescript/package.json');
    const ours = manifest('package.json');
    expect(client.dependencies).toEqual({ 'openapi-fetch': ours.devDependencies['openapi-fetch'] });
    expect(client.version).toBe(ours.version);
    const installed = createRequire(import.meta.url)('openapi-fetch/package.json') as { version: string };
    expect(client.dependencies['openapi-fetch']).toBe(installed.version);
  });
});

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function manifest(path: string): Manifest {
  return JSON.parse(readFileSync(projectFile(path), 'utf8')) as Manifest;
}
