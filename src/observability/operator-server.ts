import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { fastify, type FastifyPluginCallback } from 'fastify';
import type { MetricsAddress } from '../environment/environment.js';
import { isLoopback } from '../environment/urls.js';
import { StartRefused } from '../shared/start-refused.js';
import type { MetricsSource } from './metrics-source.js';

/**
 * What operators and their Prometheus look at, on a port of its own (`METRICS_PORT`): `/metrics`, and pages that only
 * this machine gets. Without an address it is not there. Never the port of the API.
 */
@Injectable()
export class OperatorServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Operator');
  private readonly server = fastify({ logger: false, forceCloseConnections: true });
  private readonly paths = ['/metrics'];

  constructor(
    private readonly address: MetricsAddress | undefined,
    metrics: MetricsSource,
  ) {
    this.server.get('/metrics', async (_request, reply) => {
      void reply.header('content-type', metrics.contentType).header('cache-control', 'no-store');
      return await metrics.read();
    });
    this.server.setNotFoundHandler((_request, reply) => {
      void reply.code(404).type('text/plain; charset=utf-8');
      void reply.send(`Nothing is here. This port has:\n${this.paths.join('\n')}\n`);
    });
  }

  /** Adds an answer as JSON: 200 while its status is `ok` or `degraded`, else 503. */
  tell(path: string, read: () => Promise<{ readonly status: string }>): void {
    this.paths.push(path);
    this.server.get(path, async (_request, reply) => {
      const answer = await read();
      void reply.code(['ok', 'degraded'].includes(answer.status) ? 200 : 503);
      void reply.header('cache-control', 'no-store');
      return answer;
    });
  }

  /** Adds pages under a path, when there is such a port and nobody else can reach it. */
  mountOnLoopback(prefix: string, pages: FastifyPluginCallback): void {
    if (!this.address || !isLoopback(this.address.host)) return;
    this.paths.push(prefix);
    this.server.register(pages, { prefix });
  }

  /** Starts to listen; throws `StartRefused` where it cannot. */
  async onApplicationBootstrap(): Promise<void> {
    if (!this.address) return;
    try {
      const url = await this.server.listen(this.address);
      this.log.log(`metrics at ${url}/metrics`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const { host, port } = this.address;
      throw new StartRefused(`METRICS_PORT: ${host}:${port} cannot be listened on (${code ?? 'unknown'}).`);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.server.close();
  }
}
