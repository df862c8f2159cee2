import { ceilingsWith } from '../../config/domain/ceilings-overlay.js';
import { loadApiEnvironment } from '../../environment/api-environment.js';
import { EnvironmentError } from '../../environment/environment-error.js';
import { loadMigratorEnvironment } from '../../environment/migrator-environment.js';
import { readCeilings } from '../../environment/network.js';
import { Variables } from '../../environment/variables.js';
import { loadWorkerEnvironment } from '../../environment/worker-environment.js';
import { type Check, fail, ok } from './check.js';

const SUBJECT = 'environment';
const LOADERS = {
  API: loadApiEnvironment,
  worker: loadWorkerEnvironment,
  migrator: loadMigratorEnvironment,
} as const;

/** Every key that is set and wrong, and which processes the environment is enough for. */
export function checkEnvironment(env: NodeJS.ProcessEnv): Check[] {
  const processes = Object.entries(LOADERS).map(([name, load]) => ({
    name,
    findings: findingsOf(load, env),
  }));
  const faults = [...new Set(processes.flatMap(({ findings }) => findings))].filter((finding) =>
    isSet(env, keyOf(finding)),
  );
  const all = [...faults, ...ceilingFaults(env)];
  return [...all.map((fault) => fail(SUBJECT, fault)), ...(all.length > 0 ? [] : [summary(env, processes)])];
}

/** Which processes could start with the environment, as far as it goes. */
export function enoughFor(env: NodeJS.ProcessEnv): readonly string[] {
  return Object.entries(LOADERS).flatMap(([name, load]) =>
    findingsOf(load, env).length === 0 ? [name] : [],
  );
}

/** What a reader makes of the keys that it reads; undefined when one of them is unset or wrong. */
export function readIfSound<T>(env: NodeJS.ProcessEnv, read: (variables: Variables) => T): T | undefined {
  const variables = new Variables(env);
  const known = variables.findings.length;
  const value = read(variables);
  return variables.findings.length > known ? undefined : value;
}

function summary(
  env: NodeJS.ProcessEnv,
  processes: readonly { readonly name: string; readonly findings: readonly string[] }[],
): Check {
  const lacking = processes
    .filter(({ findings }) => findings.length > 0)
    .map(({ name, findings }) => `${name} (${findings.map(keyOf).join(', ')})`);
  const complete = processes.filter(({ findings }) => findings.length === 0).map(({ name }) => name);
  if (complete.length === 0)
    return fail(SUBJECT, `no process could start; set what is missing: ${lacking.join('; ')}`);
  const strict = new Variables(env).production ? 'strict checks on' : 'NODE_ENV is not production';
  const missing = lacking.length === 0 ? '' : `; not set, for others: ${lacking.join('; ')}`;
  return ok(SUBJECT, `enough for ${complete.join(', ')} (${strict})${missing}`);
}

function ceilingFaults(env: NodeJS.ProcessEnv): string[] {
  const overlay = readIfSound(env, readCeilings);
  const merged = overlay && ceilingsWith(overlay);
  return merged && 'findings' in merged ? merged.findings.map((finding) => `CEILINGS: ${finding}`) : [];
}

function findingsOf(load: (env: NodeJS.ProcessEnv) => unknown, env: NodeJS.ProcessEnv): readonly string[] {
  try {
    load(env);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.findings;
    throw error;
  }
}

/** A finding begins with the key that it is about. */
function keyOf(finding: string): string {
  return finding.split(' ', 1)[0] ?? '';
}

function isSet(env: NodeJS.ProcessEnv, key: string): boolean {
  return Boolean(env[key]?.trim());
}
