import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort } from '../../scripts/quickstart/ports.js';

describe('A free port', () => {
  it('is below those that the system gives to outgoing connections, and comes once', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, freePort));
    expect(new Set(ports).size).toBe(20);
    for (const port of ports) expect(port).toBeLessThan(32_768);
  });

  it.each(['127.0.0.1', '::1'])('is not one that is taken on %s', async (host) => {
    const taken = (await freePort()) + 1;
    const server = createServer().listen(taken, host);
    await once(server, 'listening');
    try {
      expect(await freePort()).not.toBe(taken);
    } finally {
      server.close();
    }
  });
});
