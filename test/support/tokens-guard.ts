import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  type LoggerService,
  Post,
  type Type,
} from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { FastifyReply } from 'fastify';
import { AuthError } from '../../src/auth/auth-error.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { CurrentCaller } from '../../src/auth/current-caller.js';
import { Public, RequireScopes } from '../../src/auth/require-scopes.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { loadApiEnvironment } from '../../src/environment/api-environment.js';
import { EnvironmentModule } from '../../src/environment/environment.module.js';
import { PublicUrl } from '../../src/http/public-url.js';
import { AppError } from '../../src/shared/app-error.js';
import type { Caller } from '../../src/shared/caller.js';
import { GOOD_API } from './tokens-environment.js';

const STATUS: Readonly<Record<string, number>> = {
  unauthenticated: 401,
  forbidden: 403,
  throttled: 429,
  unavailable: 503,
};

@Catch()
class ShowErrors implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (!(error instanceof AppError)) {
      void reply.status(500).send({ error: String(error) });
      return;
    }
    if (error instanceof AuthError) void reply.header('www-authenticate', error.wwwAuthenticate);
    void reply
      .status(STATUS[error.kind] ?? 500)
      .send({ code: error.code, retryAfter: error.details.retryAfterSeconds, ...error.details.members });
  }
}

@Controller('v1')
export class GuardedController {
  calls = 0;

  @Get('caller')
  @RequireScopes('challenge:get')
  caller(@CurrentCaller() { tenant, client, issuer, scopes }: Caller): object {
    this.calls += 1;
    return { tenant, client, issuer, scopes: [...scopes] };
  }

  @Post('both')
  @RequireScopes('challenge:post', 'challenge:policy:post')
  both(): object {
    this.calls += 1;
    return {};
  }
}

@Controller('open')
@Public()
export class OpenController {
  @Get()
  open(): object {
    return { open: true };
  }
}

export class RecordingLogger implements LoggerService {
  readonly lines: string[] = [];
  private readonly record = (message: unknown): void => {
    this.lines.push(JSON.stringify(message));
  };
  readonly log = this.record;
  readonly warn = this.record;
  readonly error = this.record;
}

export interface GuardOptions {
  /** A database that the API may use. */
  readonly databaseUrl: string;
  /** As `AUTH_ISSUERS` has them. */
  readonly issuers: readonly object[];
  readonly env?: NodeJS.ProcessEnv;
  readonly publicUrl?: string;
  readonly logger?: LoggerService | false;
  readonly controllers?: readonly Type[];
}

/** The guard of the API over real HTTP, in front of two controllers and nothing else. */
export async function startGuard(options: GuardOptions): Promise<NestFastifyApplication> {
  const environment = loadApiEnvironment({
    ...GOOD_API,
    AUTH_ISSUERS: JSON.stringify(options.issuers),
    ...options.env,
  });
  const publicUrl = new PublicUrl(options.publicUrl ?? 'http://127.0.0.1');
  const module = await Test.createTestingModule({
    imports: [
      EnvironmentModule.forApi(environment),
      DatabaseModule.forRoot({
        process: 'API',
        url: options.databaseUrl,
        poolSize: 5,
        applicationName: 'acs-test-guard',
        entities: [],
      }),
      AuthModule.forRoot(publicUrl),
    ],
    controllers: [...(options.controllers ?? [GuardedController, OpenController])],
  })
    .setLogger(options.logger || new RecordingLogger())
    .compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter({ trustProxy: true }));
  app.useGlobalFilters(new ShowErrors());
  await app.listen(0, '127.0.0.1');
  if (options.publicUrl === undefined) publicUrl.settle(await app.getUrl());
  return app;
}

export interface GuardAnswer {
  readonly status: number;
  readonly challenge: string | null;
  readonly body: Record<string, unknown>;
}

export async function callGuard(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<GuardAnswer> {
  const response = await fetch(url, { method, headers });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, challenge: response.headers.get('www-authenticate'), body };
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
