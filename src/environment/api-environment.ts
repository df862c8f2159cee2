import { ApiEnvironment } from './environment.js';
import { readIssuers } from './issuers.js';
import {
  passwordOf,
  readCeilings,
  readHost,
  readMetricsAddress,
  readPublicUrl,
  readTrustedProxies,
} from './network.js';
import { requireCountersEntry } from './pgbouncer.js';
import { readDatabase, readProcess } from './process-environment.js';
import { readReceiptProviders, secretsOf } from './providers.js';
import { readSecretKeys, reportSharedKeys } from './secret-keys.js';
import { loadFrom, present } from './variables.js';

/** What the API process needs; throws `EnvironmentError` with every finding at once. */
export function loadApiEnvironment(env: NodeJS.ProcessEnv): ApiEnvironment {
  return loadFrom(env, ApiEnvironment, (variables) => {
    const issuers = readIssuers(variables);
    const secretKeys = readSecretKeys(variables);
    const database = readDatabase(variables);
    requireCountersEntry(variables, database.databaseUrl);
    const emailReceipts = readReceiptProviders(variables, 'EMAIL_PROVIDERS');
    const smsReceipts = readReceiptProviders(variables, 'SMS_PROVIDERS');
    reportSharedKeys(variables, secretKeys, {
      AUTH_ISSUERS: issuers.flatMap(({ introspection }) =>
        introspection && 'clientSecret' in introspection ? introspection.clientSecret : [],
      ),
      DATABASE_URL: passwordOf(database.databaseUrl),
      EMAIL_PROVIDERS: emailReceipts.flatMap(secretsOf),
      SMS_PROVIDERS: smsReceipts.flatMap(secretsOf),
    });
    return {
      ...readProcess(variables),
      ...database,
      host: readHost(variables),
      port: variables.integer('PORT', { fallback: 3000, min: 0, max: 65_535 }),
      issuers,
      secretKeys,
      trustedProxies: readTrustedProxies(variables),
      ceilings: readCeilings(variables),
      receiptProviders: [...emailReceipts, ...smsReceipts],
      webConcurrency: variables.integer('WEB_CONCURRENCY', { fallback: 1, min: 1, max: 64 }),
      ...present({ publicUrl: readPublicUrl(variables), metrics: readMetricsAddress(variables) }),
    };
  });
}
