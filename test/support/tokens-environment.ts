import { EnvironmentError } from '../../src/environment/environment-error.js';

/** 32 bytes from a random source, for tests alone. */
export const RANDOM_KEY = 'q0Zr3Xk7WcE1pTn5uVb9yLd2sHg6fJa8mQe4oRi0wC8=';

export const ISSUER = {
  issuer: 'https://login.example/realms/acme',
  audience: 'https://acs.example',
  tenantClaim: 'tenant_id',
  tenants: ['acme', 'eu-*'],
};

export const GOOD_WORKER: NodeJS.ProcessEnv = {
  DATABASE_URL: 'postgres://acs_worker:pass@db:5432/acs',
  SECRET_KEYS: `k1:${RANDOM_KEY}`,
};

export const GOOD_API: NodeJS.ProcessEnv = { ...GOOD_WORKER, AUTH_ISSUERS: JSON.stringify([ISSUER]) };

/** What a loader finds wrong; empty when it accepts the environment. */
export function findingsOf(load: (env: NodeJS.ProcessEnv) => unknown, env: NodeJS.ProcessEnv): string[] {
  try {
    load(env);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return [...error.findings];
    throw error;
  }
}
