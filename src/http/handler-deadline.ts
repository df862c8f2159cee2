import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const WITHIN_MS = 15_000;

/** Sends the answer of a request that was not answered in time. */
export type AnswerLate = (failure: Error, request: FastifyRequest, reply: FastifyReply) => void;

/**
 * Has every request answered in time. Fastify's own `handlerTimeout` makes each request a signal and aborts it, with an
 * exception and its stack, however well it went: a twentieth of a request's CPU.
 */
export function answerInTime(fastify: FastifyInstance, answer: AnswerLate, withinMs = WITHIN_MS): void {
  const deadlines = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  fastify.addHook('onRequest', (request, reply, done) => {
    const late = (): void => {
      // Nobody waits for one that broke off.
      if (request.raw.socket.destroyed) return;
      answer(new Error(`There was no answer within ${withinMs} ms`), request, reply);
    };
    // It holds up no end of the process: a request that broke off leaves its timer behind.
    deadlines.set(request, setTimeout(late, withinMs).unref());
    done();
  });
  fastify.addHook('onSend', (request, _reply, _payload, done) => {
    clearTimeout(deadlines.get(request));
    done();
  });
}
