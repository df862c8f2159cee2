import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Child } from '../../scripts/quickstart/child.js';
import { systemEnvironment } from '../../scripts/quickstart/environment.js';
import type { Belongings } from './belongings.js';

const FOLLOW_PARENT = import.meta.resolve('../../scripts/quickstart/follow-parent.js');

/** Starts a module in a Node of its own, with nothing that production does not start it with but the end of its parent. */
export function startNodeProcess(
  name: string,
  module: URL,
  env: NodeJS.ProcessEnv,
  belongings: Belongings,
): Child {
  const process = fork(fileURLToPath(module), [], {
    env: { ...systemEnvironment(), ...env },
    execArgv: ['--import', FOLLOW_PARENT],
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  const child = new Child(name, process, { name, env: {} });
  belongings.add(name, () => child.stop(27_000));
  return child;
}

/** The URL after the word `listening`, once the process says so. */
export async function listeningAt(child: Child): Promise<string> {
  const line = await child.line((written) => written.startsWith('listening'));
  return line.split(' ')[1] ?? '';
}
