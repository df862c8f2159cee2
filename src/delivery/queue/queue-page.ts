import { createBullBoard } from '@bull-board/api';
import { BullAdapter } from '@bull-board/api/bullAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { getQueueToken } from '@nestjs/bull';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Queue } from 'bull';
import type { FastifyPluginCallback } from 'fastify';
import { isLoopback } from '../../environment/urls.js';
import { OperatorServer } from '../../observability/operator-server.js';
import { DELIVERY_QUEUE, type DeliveryJob } from './delivery-queue.js';

const PATH = '/queue';
/** The page would fetch fonts from elsewhere. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** The queue as bull-board shows it, to look at only: retries are PostgreSQL's. Jobs hold identifiers and no more. */
@Injectable()
export class QueuePage implements OnModuleInit {
  constructor(
    @Inject(getQueueToken(DELIVERY_QUEUE)) private readonly queue: Queue<DeliveryJob>,
    private readonly server: OperatorServer,
  ) {}

  onModuleInit(): void {
    const board = new FastifyAdapter().setBasePath(PATH);
    createBullBoard({
      queues: [new BullAdapter(this.queue, { readOnlyMode: true, allowRetries: false })],
      serverAdapter: board,
    });
    this.server.mountOnLoopback(PATH, guarded(board.registerPlugin()));
  }
}

/** Nothing but looking, and no web site that has itself resolved to this machine. */
function guarded(pages: FastifyPluginCallback): FastifyPluginCallback {
  return (server, options, done) => {
    server.addHook('onRequest', async (request, reply) => {
      void reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      if (!isLoopback(request.hostname)) return await reply.code(421).send('Ask for localhost.');
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return await reply.code(405).header('allow', 'GET, HEAD').send('This page changes nothing.');
    });
    pages(server, options, done);
  };
}
