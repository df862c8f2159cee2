import type { AcsClientOptions } from '../../clients/typescript/src/index.js';

/** How an example reaches the service: as `npm start` has it, unless the environment says otherwise. */
export function serviceSettings(scope: string): AcsClientOptions {
  const { ACS_URL, ACS_TOKEN_URL, ACS_CLIENT_ID, ACS_CLIENT_SECRET } = process.env;
  return {
    url: ACS_URL ?? 'http://localhost:3000',
    credentials: {
      tokenUrl: ACS_TOKEN_URL ?? 'http://localhost:3001/token',
      clientId: ACS_CLIENT_ID ?? 'acme',
      clientSecret: ACS_CLIENT_SECRET ?? 'acme-secret',
      scope,
    },
  };
}

/** A port of this machine, by the environment variable that sets it. */
export function portSetting(name: string, fallback: number): number {
  return Number(process.env[name] ?? fallback);
}
