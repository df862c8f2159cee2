import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { SCOPES } from '../auth/require-scopes.js';
import { toOpenApi31 } from './openapi-31.js';
import { describeProblems, type DocumentedOperation } from './problem-responses.js';
import { PROBLEM_SCHEMAS } from './problem-schema.js';
import { PublicUrl } from './public-url.js';
import { COMMON_HEADERS } from './response-header-schemas.js';

const DESCRIPTION = `Issues one-time challenges (EMAIL_OTP, SMS_OTP, EMAIL_LINK, TOKEN) that a person answers to prove an action is theirs, delivers them, checks the answers and records completion.

Create a challenge, let the person answer it, complete it, then finalise the action. Every failure is a problem document (RFC 9457) whose \`type\` leads to a page that explains it. HEAD is answered as GET is, without the body.

An e-mail challenge shows control of an address; it is not an authentication factor (NIST SP 800-63B-4, section 3.1.3.1). SMS is a restricted authenticator (section 3.2.9): offer an alternative.`;

const SCOPE_DESCRIPTIONS: Readonly<Record<(typeof SCOPES)[number], string>> = {
  'challenge:post': 'Create challenges.',
  'challenge:get': 'Read challenges.',
  'challenge:delete': 'Cancel challenges.',
  'challenge:answer': 'Answer challenges.',
  'challenge:resend': 'Resend challenges.',
  'challenge:complete': 'Complete challenges.',
  'challenge:policy:get': 'Read and preview policies.',
  'challenge:policy:post': 'Create policies.',
  'challenge:policy:put': 'Replace policies.',
  'challenge:policy:delete': 'Delete policies.',
  'challenge:configuration:get': 'Read the configuration.',
  'challenge:configuration:put': 'Replace the configuration.',
};

/** Path parameters, by name. What breaks these is answered 404, as what is not known is. */
const PATH_PARAMETERS: Readonly<Record<string, object>> = {
  id: {
    schema: { type: 'string', format: 'uuid', minLength: 36, maxLength: 36 },
    example: '01980a3c-5b7e-7c3a-9d4f-2b1e6a8c0d5f',
  },
  version: {
    schema: { type: 'integer', format: 'int32', minimum: 1, maximum: 999_999_999 },
    example: 1,
  },
};

/** Serves the OpenAPI 3.1 document at `/openapi.json` and Swagger UI at `/docs`; built when first asked for. */
export function serveOpenApi(app: INestApplication, version: string, tokenUrls: readonly string[]): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app, version, tokenUrls), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Action-Challenge Service',
    swaggerOptions: {
      persistAuthorization: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      tagsSorter: 'none',
    },
  });
}

export function openApiDocument(
  app: INestApplication,
  version: string,
  tokenUrls: readonly string[],
): OpenAPIObject {
  const publicUrl = app.get(PublicUrl).value;
  const tokenUrl = tokenUrls[0] ?? `${publicUrl}/token`;
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Action-Challenge Service')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(serverUrl(publicUrl), 'This deployment, be it local, staging or production.')
    .addTag('Challenges', 'Core API: the life of a challenge.')
    .addTag('Policies', 'Management API: the rules and templates of challenges.')
    .addTag('Configuration', 'Global Configuration API: the runtime settings of the tenant.')
    // First, since Swagger UI puts the cursor into its field, and scrolls to it: what is above would not be seen.
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description:
          'A JWT between services (RFC 7523, RFC 9068), validated as RFC8725 demands. A token that is bound to a key or a certificate (`cnf`) is accepted with its proof alone: as `Authorization: DPoP` with a `DPoP` header for this very request (RFC 9449), or over a connection with the certificate (RFC 8705).',
      },
      'bearer',
    )
    .addOAuth2(
      {
        type: 'oauth2',
        description:
          'An access token of the authorization server by the client-credentials grant: a JWT (RFC 9068, validated as RFC8725 demands) or an opaque one.',
        flows: {
          // Who needs another token asks for it as for the first.
          clientCredentials: { tokenUrl, refreshUrl: tokenUrl, scopes: SCOPE_DESCRIPTIONS },
        },
      },
      'oauth2',
    );
  const document = SwaggerModule.createDocument(app, builder.build());
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of Object.values(item) as DocumentedOperation[]) {
      complete(operation, { path, publicUrl });
    }
  }
  document.servers = document.servers?.map((server) => ({ ...server, 'x-internal': false })) ?? [];
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...PROBLEM_SCHEMAS },
  };
  return toOpenApi31(document);
}

/** Where TLS is, the public URL; on a developer's machine its path alone, so that every name of the machine will do. */
function serverUrl(publicUrl: string): string {
  return publicUrl.startsWith('https:') ? publicUrl : new URL(publicUrl).pathname;
}

/** Adds to an operation what all have in common. */
function complete(
  operation: DocumentedOperation,
  context: { readonly path: string; readonly publicUrl: string },
): void {
  describeProblems(operation, context);
  for (const response of Object.values(operation.responses)) {
    if (response && 'description' in response)
      response.headers = { ...response.headers, ...(COMMON_HEADERS as object) };
  }
  for (const parameter of operation.parameters ?? []) {
    if ('in' in parameter && parameter.in === 'path')
      Object.assign(parameter, PATH_PARAMETERS[parameter.name]);
  }
}
