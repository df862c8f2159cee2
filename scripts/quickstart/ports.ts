import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { PORT_DEFAULTS, PORT_USES, QuickstartError, type PortName, type Settings } from './settings.js';

/** A port that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Throws one `QuickstartError` that names every port that is taken and how to choose another. */
export async function requireFreePorts({ ports, metricsPorts }: Settings): Promise<void> {
  const names = Object.keys(PORT_DEFAULTS) as PortName[];
  const wanted = [
    ...names.map((name) => ({ name, port: ports[name], use: PORT_USES[name] })),
    ...Object.values(metricsPorts ?? {}).map((port) => ({ name: 'METRICS_PORT', port, use: 'metrics' })),
  ];
  const taken = await Promise.all(wanted.map(async ({ port }) => !(await isFree(port))));
  const findings = wanted
    .filter((_, index) => taken[index])
    .map(({ name, port, use }) => `Port ${port}, for ${use}, is taken: set ${name} to another.`);
  if (findings.length > 0) throw new QuickstartError(findings.join('\n'));
}

/**
 * `localhost` may mean either loopback address, and a client asks IPv6 first: a port is free when both are.
 * A machine without IPv6 refuses its address, which is not "taken".
 */
async function isFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer();
    const taken = await new Promise<boolean>((resolve) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code === 'EADDRINUSE' || error.code === 'EACCES');
      });
      server.listen({ port, host, exclusive: true }, () => {
        server.close(() => {
          resolve(false);
        });
      });
    });
    if (taken) return false;
  }
  return true;
}
