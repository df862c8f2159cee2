import { randomBytes } from 'node:crypto';
import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Module,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuditModule } from '../../src/audit/audit.module.js';
import type { Configuration } from '../../src/config/domain/configuration.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { EnvironmentModule } from '../../src/environment/environment.module.js';
import type { ApiEnvironment } from '../../src/environment/environment.js';
import { problemDocument } from '../../src/http/problem-document.js';
import { requestValidation } from '../../src/http/validation.pipe.js';
import { KeysModule } from '../../src/keys/keys.module.js';
import { ListCursor } from '../../src/policy/http/list-cursor.js';
import { PolicyModule } from '../../src/policy/policy.module.js';
import { ROWS } from '../../src/rows.js';
import { AppError, type Finding } from '../../src/shared/app-error.js';
import type { Caller } from '../../src/shared/caller.js';
import type { Template } from '../../src/template/template.js';

/** Whatever the APIs answer with, policies, configurations, lists and problems in one; which of it is there is the test's to say. */
export interface Body extends Configuration {
  readonly id: string;
  readonly alias: string;
  readonly type: string;
  readonly version: number;
  readonly description: string | null;
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly template: Template;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly html: string | null;
  readonly items: readonly { readonly id: string; readonly version: number }[];
  readonly nextCursor: string | null;
  readonly code: string;
  readonly detail: string;
  readonly currentVersion: number;
  readonly errors: readonly Finding[];
}

/** An answer of the API, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** `pointer code` of every finding in an answer. */
export function findingsIn({ body }: Answer): string[] {
  return body.errors.map(({ pointer, code }) => `${pointer} ${code}`);
}

/** All but some properties. */
export function without<T extends object>(body: T, ...names: readonly (keyof T)[]): Partial<T> {
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => !names.includes(name as keyof T)),
  ) as Partial<T>;
}

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** The Management and Configuration APIs alone, over HTTP; who calls is taken as said. */
export interface ManagementApi {
  as(tenant: string): Call;
  /** Cursors of its lists, made by its own keys. */
  readonly cursors: ListCursor;
  close(): Promise<void>;
}

export async function startManagementApi(
  databaseUrl: string,
  ceilings: Readonly<Record<string, unknown>> = {},
): Promise<ManagementApi> {
  const app = await NestFactory.create<NestFastifyApplication>(
    rootModule(databaseUrl, ceilings),
    new FastifyAdapter(),
    { logger: false, abortOnError: false },
  );
  app.useGlobalFilters(new Refusals());
  app.useGlobalPipes(requestValidation());
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    as: (tenant) => (method, path, body, headers) =>
      call(`${url}${path}`, method, body, { tenant, ...headers }),
    cursors: app.get(ListCursor, { strict: false }),
    close: () => app.close(),
  };
}

async function call(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Body,
  };
}

/** Takes the tenant from a header, where the product takes it from a token. */
class SaidTenant implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest & { caller?: Caller }>();
    const tenant = String(request.headers['tenant']);
    request.caller = { tenant, issuer: 'https://login.test', client: `${tenant}-admin`, scopes: new Set() };
    return true;
  }
}

/** Answers refusals as the product does; anything else is a defect that the test shows. */
@Catch()
class Refusals implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (!(thrown instanceof AppError)) {
      void reply.status(500).send({ defect: String(thrown) });
      return;
    }
    const document = problemDocument(thrown, { path: '', traceId: '', publicUrl: '' });
    void reply.status(document.status).send(document);
  }
}

function rootModule(databaseUrl: string, ceilings: Readonly<Record<string, unknown>>): new () => object {
  @Module({
    imports: [
      EnvironmentModule.forApi({ ceilings } as ApiEnvironment),
      DatabaseModule.forRoot({
        process: 'API',
        url: databaseUrl,
        poolSize: 10,
        applicationName: 'acs-test',
        entities: ROWS,
      }),
      KeysModule.forRoot([{ id: 'k1', bytes: randomBytes(32) }]),
      AuditModule,
      ConfigModule,
      PolicyModule,
    ],
    providers: [{ provide: APP_GUARD, useClass: SaidTenant }],
  })
  class Root {}
  return Root;
}
