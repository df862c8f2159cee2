import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiModule } from './api.module.js';
import { readReceiptBodies } from './delivery/http/receipt-bodies.js';
import { FailedAuthentications } from './auth/failed-authentications.js';
import { TokenEndpoints } from './auth/token-endpoints.js';
import type { ApiEnvironment } from './environment/environment.js';
import { Answers } from './http/answers.js';
import { FairShareGuard } from './http/fair-share.guard.js';
import { fastifyAdapter, speakTheContract } from './http/fastify.js';
import { LoadShedder } from './http/load-shedder.js';
import { serveOpenApi } from './http/openapi.js';
import { PublicUrl } from './http/public-url.js';
import { requestValidation } from './http/validation.pipe.js';
import { endOnSignal } from './observability/end-on-signal.js';
import { measureRequests } from './observability/http-metrics.js';
import { traceRequests } from './observability/http-tracing.js';
import type { JsonLogger } from './observability/json-logger.js';
import { startTracing } from './observability/start-tracing.js';

/** More than these are dropped by the kernel, and tried again a second later; Linux allows no more unless told to. */
const MOST_UNACCEPTED_CONNECTIONS = 4_096;

/** Builds the HTTP process and starts to listen; returns the URL it listens at. */
export async function startApi(
  environment: ApiEnvironment,
  version: string,
  log: JsonLogger,
): Promise<string> {
  const { host, port, otlpEndpoint } = environment;
  await startTracing({ name: 'acs-api', version }, otlpEndpoint);
  const publicUrl = new PublicUrl(environment.publicUrl ?? `http://${authority(host)}:${port}`);
  const answers = new Answers(publicUrl);
  const adapter = fastifyAdapter(environment.trustedProxies, answers);
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.forRoot(environment, publicUrl),
    adapter,
    { logger: log, bodyParser: false, abortOnError: false },
  );
  if (otlpEndpoint !== undefined) traceRequests(adapter.getInstance());
  if (environment.metrics) measureRequests(adapter.getInstance());
  const shedder = new LoadShedder(environment.databasePoolSize);
  speakTheContract(adapter, answers, shedder);
  if (environment.receiptProviders.length > 0) readReceiptBodies(adapter);
  app.useGlobalFilters(answers.problems);
  // Behind the guard of the scopes, which tells whose request it is.
  app.useGlobalGuards(new FairShareGuard(shedder));
  app.useGlobalPipes(requestValidation());
  endOnSignal('api', app, log);
  const tokens = await tokenUrls(app.get(TokenEndpoints), environment);
  answers.headers.settle(app.get(FailedAuthentications, { strict: false }), tokens);
  serveOpenApi(app, version, tokens);
  await app.listen({ port, host, backlog: MOST_UNACCEPTED_CONNECTIONS });
  const listening = new URL(await app.getUrl());
  if (environment.publicUrl === undefined) publicUrl.settle(`http://${authority(host)}:${listening.port}`);
  return publicUrl.value;
}

async function tokenUrls(endpoints: TokenEndpoints, { issuers }: ApiEnvironment): Promise<string[]> {
  const found = await Promise.all(issuers.map((issuer) => endpoints.discover(issuer)));
  return found.filter((url) => url !== undefined);
}

/** A host as a URL has it; an address that listens everywhere is reached at localhost. */
function authority(host: string): string {
  if (['0.0.0.0', '::'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
