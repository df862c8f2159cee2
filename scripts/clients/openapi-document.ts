import { readFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import type { OpenAPIObject } from '@nestjs/swagger';
import { ApiModule } from '../../src/api.module.js';
import { loadApiEnvironment } from '../../src/environment/api-environment.js';
import { Answers } from '../../src/http/answers.js';
import { fastifyAdapter } from '../../src/http/fastify.js';
import { openApiDocument } from '../../src/http/openapi.js';
import { PublicUrl } from '../../src/http/public-url.js';
import { projectFile } from './project-file.js';

const PUBLIC_URL = 'http://localhost:3000';
const TOKEN_URL = 'http://localhost:3001/token';

/** Enough to be valid: in preview nothing is connected to, and no token or secret is read. */
const ENVIRONMENT = {
  NODE_ENV: 'development',
  DATABASE_URL: 'postgres://acs@localhost/acs',
  AUTH_ISSUERS: JSON.stringify([
    { issuer: 'http://localhost:3001', audience: 'urn:acs:api', tenantClaim: 'tenant_id', tenants: ['*'] },
  ]),
  SECRET_KEYS: `preview:${Buffer.alloc(32, 7).toString('base64')}`,
};

/** The OpenAPI document as a quickstart on its own ports serves it, made without one: Nest's preview wires, and starts nothing. */
export async function currentDocument(): Promise<OpenAPIObject> {
  const publicUrl = new PublicUrl(PUBLIC_URL);
  const app = await NestFactory.create(
    ApiModule.forRoot(loadApiEnvironment(ENVIRONMENT), publicUrl),
    fastifyAdapter([], new Answers(publicUrl)),
    { preview: true, logger: false, abortOnError: false },
  );
  const { version } = JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as { version: string };
  return openApiDocument(app, version, [TOKEN_URL]);
}
