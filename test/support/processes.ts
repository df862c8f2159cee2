import { fileURLToPath } from 'node:url';
import { startNode, type Child } from '../../scripts/quickstart/child.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import { freePort } from '../../scripts/quickstart/ports.js';
import type { Secrets } from '../../scripts/quickstart/secrets.js';
import { startApiProcess, startWorkerProcess } from '../../scripts/quickstart/service-processes.js';

/** A process under test, and everything it wrote. */
export interface TestProcess {
  readonly child: Child;
  /** Every line it wrote so far, oldest first. */
  readonly lines: readonly string[];
}

export interface ApiProcess extends TestProcess {
  readonly url: string;
}

/** Starts an API process on a free port; resolves once it is ready. `env` holds all it gets of ours, `build` another version. */
export async function startApi(env: NodeJS.ProcessEnv, build?: string): Promise<ApiProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const lines: string[] = [];
  const child = await startApiProcess(url, {
    name: 'API',
    build,
    env: { ...systemEnvironment(), HOST: '127.0.0.1', PORT: String(port), PUBLIC_URL: url, ...env },
    onLine: (line) => lines.push(line),
  });
  return { child, lines, url };
}

/** Starts a worker process; resolves once it is ready. */
export async function startWorker(env: NodeJS.ProcessEnv, build?: string): Promise<TestProcess> {
  const lines: string[] = [];
  const child = await startWorkerProcess({
    name: 'Worker',
    build,
    env: { ...systemEnvironment(), ...env },
    onLine: (line) => lines.push(line),
  });
  return { child, lines };
}

/** An authorization server, and the secret by which an API may introspect tokens there. */
export interface Authorization {
  readonly issuer: string;
  readonly introspectionSecret: string;
}

/** Starts the development authorization server on a free port. */
export async function startAuthorization(
  secrets: Pick<Secrets, 'signingKey' | 'cookieKey' | 'introspectionSecret'>,
): Promise<Authorization & { readonly child: Child }> {
  const module = new URL('../../scripts/quickstart/authorization-server-process.js', import.meta.url);
  const options = JSON.stringify({ port: 0, secrets });
  const child = startNode(fileURLToPath(module), {
    name: 'Authorization server',
    env: { ...systemEnvironment(), AUTHORIZATION_SERVER: options },
  });
  const line = await child.line((written) => written.startsWith('listening'));
  return { child, issuer: line.split(' ')[1]!, introspectionSecret: secrets.introspectionSecret };
}
