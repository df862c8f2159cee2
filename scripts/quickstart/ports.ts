import { createServer } from 'node:net';
import { PORT_DEFAULTS, PORT_USES, QuickstartError, type PortName, type Settings } from './settings.js';

/** Below what systems give to outgoing connections (Linux from 32768, the others from 49152). */
const FREE_PORTS = { first: 20_000, last: 31_999 };

/** Processes that look at the same time begin apart: their numbers are neighbours, their first ports are not. */
const PORTS_PER_PROCESS = 61;

let looked = process.pid * PORTS_PER_PROCESS;

/**
 * A port that nothing listens on at this moment, and that neither an outgoing connection nor, but by a rare chance,
 * another process that asks takes before it is used. None comes twice before all have come.
 */
export async function freePort(): Promise<number> {
  const count = FREE_PORTS.last - FREE_PORTS.first + 1;
  for (let tries = 0; tries < count; tries += 1) {
    looked += 1;
    const port = FREE_PORTS.first + (looked % count);
    if (await isFree(port)) return port;
  }
  throw new QuickstartError(
    `No port from ${FREE_PORTS.first} to ${FREE_PORTS.last} is free: end what listens there.`,
  );
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
