import type { KeyObject } from 'node:crypto';

/** One key of the ring `SECRET_KEYS`; the first key writes, all read. */
export interface SecretKey {
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

/** An authorization server whose tokens are accepted (`AUTH_ISSUERS`). */
export interface Issuer {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** Discovered from the issuer's metadata when absent. */
  readonly jwksUri?: string;
  readonly algorithms: readonly string[];
  /** What the header `typ` may be; null stands for a header without one. */
  readonly typ: readonly (string | null)[];
  /** A claim, or a path of claims joined by dots. */
  readonly tenantClaim: string;
  readonly scopeClaim?: string;
  /** The tenants this issuer may speak for: names, or patterns with `*`. */
  readonly tenants: readonly string[];
  /** Other issuers, by `issuer`, that may speak for the same tenants. */
  readonly sharesTenantsWith?: readonly string[];
  readonly introspection?: Introspection;
}

/** Where an issuer is asked about opaque tokens (RFC 7662), and how the API proves which client it is there. */
export type Introspection = {
  readonly endpoint: string;
  readonly clientId: string;
} & ({ readonly clientSecret: string } | { readonly privateKey: ClientKey });

/** The key that a client signs its assertions with (`private_key_jwt`, RFC 7523). */
export interface ClientKey {
  readonly key: KeyObject;
  readonly algorithm: string;
  /** The `kid` under which the authorization server knows the key. */
  readonly keyId?: string;
  /** The `aud` of an assertion. */
  readonly audience: string;
}

/** A parsed `REDIS_URL`; what it takes to open an ioredis client. */
export type RedisAddress =
  | { readonly kind: 'single'; readonly url: string }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      readonly name: string;
      readonly username?: string;
      readonly password?: string;
    }
  | {
      readonly kind: 'cluster';
      readonly nodes: readonly { readonly host: string; readonly port: number }[];
      readonly username?: string;
      readonly password?: string;
    };

/** A provider DSN of `EMAIL_PROVIDERS` or `SMS_PROVIDERS`, tried in order. Its URL holds secrets: never log it. */
export interface ProviderAddress {
  /** `smtp`, `smtps`, `ses`, `twilio`, `sns`, `gateway+https`, `gateway+http`, `mail-gateway`. */
  readonly scheme: string;
  readonly url: URL;
}

export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

/** What every process reads. */
export abstract class ProcessEnvironment {
  /** `NODE_ENV=production`: the strict checks of a production start are on. */
  readonly production!: boolean;
  readonly logLevel!: string;
  /** Where traces are exported to; absent: nowhere. */
  readonly otlpEndpoint?: string;
}

/** What the API process was started with. */
export abstract class ApiEnvironment extends ProcessEnvironment {
  readonly host!: string;
  /** 0 picks a free port. */
  readonly port!: number;
  /** Without a trailing slash; made from host and port when absent. */
  readonly publicUrl?: string;
  readonly databaseUrl!: string;
  readonly databasePoolSize!: number;
  readonly issuers!: readonly Issuer[];
  readonly secretKeys!: readonly SecretKey[];
  readonly trustedProxies!: readonly string[];
  /** Laid over the built-in ceilings of what a configuration may set. */
  readonly ceilings!: Readonly<Record<string, unknown>>;
  /** The providers of `EMAIL_PROVIDERS` and `SMS_PROVIDERS` that ask for receipts; their requests are answered. */
  readonly receiptProviders!: readonly ProviderAddress[];
  readonly webConcurrency!: number;
  readonly metrics?: MetricsAddress;
}

/** What the worker process was started with. */
export abstract class WorkerEnvironment extends ProcessEnvironment {
  readonly databaseUrl!: string;
  readonly databasePoolSize!: number;
  /** Absent: deliveries go straight to the processor, without Bull. */
  readonly redis?: RedisAddress;
  readonly secretKeys!: readonly SecretKey[];
  readonly emailProviders!: readonly ProviderAddress[];
  readonly smsProviders!: readonly ProviderAddress[];
  readonly workerConcurrency!: number;
  readonly metrics?: MetricsAddress;
}

/** What the migrator was started with. */
export abstract class MigratorEnvironment extends ProcessEnvironment {
  readonly migrationDatabaseUrl!: string;
}
