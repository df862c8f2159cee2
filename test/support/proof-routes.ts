/** Loaded before an API process (`--import`): writes every route that Fastify serves as one line, once it listens. */
import { subscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';

subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { readonly fastify: FastifyInstance };
  const routes: string[] = [];
  fastify.addHook('onRoute', ({ method, url }) => {
    routes.push(...[method].flat().map((one) => `${one} ${url}`));
  });
  fastify.addHook('onListen', (done) => {
    console.log(JSON.stringify({ msg: 'routes', routes, printed: fastify.printRoutes() }));
    done();
  });
});
