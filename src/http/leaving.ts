import type { FastifyInstance } from 'fastify';

/** In milliseconds: how long requests under way have to end once no new connection is taken. */
const FINISH_MS = 15_000;
const LOOK_MS = 100;

/**
 * Has a server that closes end every connection: with the answer that is under way, at once where there is none, and
 * after a while where a request does not come to its end. Node waits for kept connections and for slow requests.
 * Returns whether the server is closing.
 */
export function endConnectionsOnClose(fastify: FastifyInstance): () => boolean {
  const { server } = fastify;
  let closing = false;
  fastify.addHook('preClose', (done) => {
    closing = true;
    const idle = setInterval(() => {
      server.closeIdleConnections();
    }, LOOK_MS);
    const late = setTimeout(() => {
      server.closeAllConnections();
    }, FINISH_MS);
    server.once('close', () => {
      clearInterval(idle);
      clearTimeout(late);
    });
    done();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) void reply.header('connection', 'close');
    done();
  });
  return () => closing;
}
