import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { answerInTime } from '../../src/http/handler-deadline.js';

const WITHIN_MS = 500;

describe('A handler', () => {
  let server: FastifyInstance;
  let late: string[];

  afterEach(async () => {
    await server.close();
  });

  /** The port at which every request is handled so. */
  async function listen(handler: () => Promise<unknown>): Promise<number> {
    server = fastify();
    late = [];
    answerInTime(
      server,
      ({ message }, _request, reply: FastifyReply) => {
        late.push(message);
        void reply.status(503).send();
      },
      WITHIN_MS,
    );
    server.route({ method: ['GET', 'POST'], url: '/', handler });
    await server.listen({ host: '127.0.0.1', port: 0 });
    return (server.server.address() as AddressInfo).port;
  }

  it('that does not answer is answered for', async () => {
    const port = await listen(() => new Promise(() => undefined));
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(503);
    expect(late).toEqual([`There was no answer within ${WITHIN_MS} ms`]);
  });

  it('that answers in time is left alone', async () => {
    const port = await listen(() => Promise.resolve('here'));
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(await answer.text()).toBe('here');
    await delay(2 * WITHIN_MS);
    expect(late).toEqual([]);
  });

  it('is not waited for when its request breaks off', async () => {
    const port = await listen(() => Promise.resolve('here'));
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n');
    await once(server.server, 'request');
    socket.destroy();
    await delay(2 * WITHIN_MS);
    expect(late).toEqual([]);
  });
});
