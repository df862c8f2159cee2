import { type DynamicModule, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ApiEnvironment } from '../environment/environment.js';
import type { PublicUrl } from '../http/public-url.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { ClientCertificates } from './client-certificates.js';
import { FailedAuthenticationsModule } from './failed-authentications.module.js';
import { OutboundJson } from './outbound-json.js';
import { Possession } from './possession.js';
import { ProofLedger } from './proof-ledger.js';
import { assertEveryRouteDeclaresAccess } from './route-access.js';
import { ScopesGuard } from './scopes.guard.js';
import { TokenEndpoints } from './token-endpoints.js';
import { TokenVerifier } from './token-verifier.js';

/** Guards every route of the application; refuses the start when a route does not say who may call it. */
@Module({
  imports: [DiscoveryModule, FailedAuthenticationsModule],
  providers: [
    {
      provide: OutboundJson,
      inject: [ApiEnvironment],
      useFactory: ({ production, issuers }: ApiEnvironment) =>
        new OutboundJson(production, issuers.flatMap(urlsOf)),
    },
    {
      provide: TokenVerifier,
      inject: [ApiEnvironment, OutboundJson],
      useFactory: ({ issuers }: ApiEnvironment, http: OutboundJson) => new TokenVerifier(issuers, http),
    },
    ProofLedger,
    AccessTokenStrategy,
    TokenEndpoints,
    { provide: APP_GUARD, useClass: ScopesGuard },
  ],
  exports: [TokenEndpoints],
})
export class AuthModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly http: OutboundJson,
  ) {}

  /** Proofs of possession name the URL under which callers reach the API. */
  static forRoot(publicUrl: PublicUrl): DynamicModule {
    return {
      module: AuthModule,
      providers: [
        {
          provide: Possession,
          inject: [ApiEnvironment, ProofLedger],
          useFactory: ({ trustedProxies }: ApiEnvironment, ledger: ProofLedger) =>
            new Possession(publicUrl, new ClientCertificates(trustedProxies), ledger),
        },
      ],
    };
  }

  onModuleInit(): void {
    assertEveryRouteDeclaresAccess(this.discovery, this.scanner);
  }

  onApplicationShutdown(): Promise<void> {
    return this.http.close();
  }
}

function urlsOf({ issuer, jwksUri, introspection }: ApiEnvironment['issuers'][number]): readonly string[] {
  return [issuer, jwksUri, introspection?.endpoint].filter((url) => url !== undefined);
}
